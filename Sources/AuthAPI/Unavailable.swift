public import HTTP
import HTTPTypes

/// Answers every request with 503: a CGI run that cannot start has no other way to tell.
///
/// ```swift
/// let response = Unavailable(requestIDs: requestIDs).answer(received)
/// ```
public struct Unavailable: Handler {
    private let requestIDs: RequestIDs

    /// Makes the handler.
    public init(requestIDs: RequestIDs) {
        self.requestIDs = requestIDs
    }

    public func answer(_ received: ReceivedRequest) -> Answer {
        let id =
            switch received {
            case .request(let request): requestIDs.identifier(request.headerFields[.requestID])
            case .malformed(_, let variables): requestIDs.identifier(variables["HTTP_X_REQUEST_ID"])
            }
        var response = Problem.notStarted.response(requestID: id)
        AuthAPI.finish(&response, requestID: id)
        return .response(response)
    }
}
