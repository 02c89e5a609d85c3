import Gateway
import HTTPTypes
import Identity

extension AuthAPI {
    /// `POST /auth/logout`: ends the session that is the credential, or whose cookie comes along with an API token.
    func logout(_ exchange: Exchange) throws -> Response {
        let credential = Credential(of: exchange.request, settings.cookie)
        let cookie = exchange.request.headerFields[.cookie].flatMap(settings.cookie.token)
        if let token = exchange.caller.principal?.isSession == true ? credential.token : cookie {
            try service.logout(sessionToken: token, by: exchange.caller)
        }
        var response = Response.done
        response.headerFields[.setCookie] = settings.cookie.clearing
        return response
    }
}
