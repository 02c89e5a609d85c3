import Gateway
import HTTPTypes
import Identity

extension AuthAPI {
    /// `POST /auth/logout`: ends the session that is the credential, or whose cookie comes along with an API token.
    func logout(_ exchange: Exchange) throws(EndpointError) -> Response {
        let request = exchange.request
        do throws(AuthenticationError) {
            if case .session = exchange.principal?.credential,
                case .token(let token) = BearerCredential(request.head.headerFields[.authorization])
            {
                try service.logout(sessionToken: token)
            } else if let token = sessionToken(of: request) {
                try service.logout(sessionToken: token)
            }
        } catch {
            throw .operation(error)
        }
        var response = Response(json: "ok")
        response.head.headerFields[.setCookie] = settings.cookie.clearing
        return response
    }
}
