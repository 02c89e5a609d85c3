import Gateway
import HTTPTypes
import Identity

extension AuthAPI {
    /// `POST /auth/logout`: ends the session that is the credential, or whose cookie comes along with an API token.
    func logout(_ exchange: Exchange) throws -> Response {
        let request = exchange.request
        if exchange.caller.principal?.isSession == true,
            case .token(let token) = BearerCredential(request.head.headerFields[.authorization])
        {
            try service.logout(sessionToken: token, by: exchange.caller)
        } else if let token = sessionToken(of: request) {
            try service.logout(sessionToken: token, by: exchange.caller)
        }
        var response = Response.done
        response.head.headerFields[.setCookie] = settings.cookie.clearing
        return response
    }
}
