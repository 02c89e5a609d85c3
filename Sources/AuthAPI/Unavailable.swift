public import HTTP
import HTTPTypes

/// Answers every request with 503: what a CGI run does when it cannot start, since it can only tell by an answer.
public struct Unavailable: Handler {
    /// Makes the handler; it needs nothing.
    public init() {}

    public func respond(to request: Request) -> Response {
        answer(request.headerFields[.requestID])
    }

    public func respond(to fault: MalformedRequest, in variables: MetaVariables) -> Response {
        answer(variables["HTTP_X_REQUEST_ID"])
    }

    private func answer(_ givenID: String?) -> Response {
        let id = AuthAPI.requestID(givenID)
        var response = Problem.notStarted.response(requestID: id)
        AuthAPI.finish(&response, requestID: id)
        return response
    }
}
