public import HTTP
import HTTPTypes

/// Answers every request with 503: a CGI run that cannot start has no other way to tell.
public struct Unavailable: Handler {
    private let requestIDs: RequestIDs

    /// Makes the handler.
    public init(requestIDs: RequestIDs) {
        self.requestIDs = requestIDs
    }

    public func respond(to request: Request) -> Response {
        answer(request.headerFields[.requestID])
    }

    public func respond(to fault: MalformedRequest, in variables: MetaVariables) -> Response {
        answer(variables["HTTP_X_REQUEST_ID"])
    }

    private func answer(_ givenID: String?) -> Response {
        let id = requestIDs.identifier(givenID)
        var response = Problem.notStarted.response(requestID: id)
        AuthAPI.finish(&response, requestID: id)
        return response
    }
}
