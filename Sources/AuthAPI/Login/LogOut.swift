import HTTP
import HTTPTypes
import Identity

extension AuthAPI {
    /// `POST /auth/logout`: ends the session that is the credential, or whose cookie comes along with an API token.
    func logout(_ exchange: Exchange) throws -> Response {
        let request = exchange.request
        let credential = Credential(of: request, settings.cookie)
        let isSession = exchange.caller.principal?.isSession == true
        if let token = isSession ? credential.token : request.sessionToken(settings.cookie) {
            try service.logout(sessionToken: token, by: exchange.caller)
        }
        var response = Response.done
        response.headerFields[.setCookie] = settings.cookie.clearing
        return response
    }
}
