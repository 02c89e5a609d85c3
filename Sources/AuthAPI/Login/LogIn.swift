import HTTP
import HTTPTypes
import Identity
import JSON

extension AuthAPI {
    /// `POST /auth/login`: exchanges email and password for a session, in place of the one in the browser's cookie.
    func login(_ exchange: Exchange) throws -> Response {
        var form = try exchange.form()
        let email = form.string("email")
        let password = form.password("password")
        var faults = form.faults
        if email == nil { faults.noteMissing("email") }
        if password == nil { faults.noteMissing("password") }
        guard faults.isEmpty, let email, let password else { throw Problem.invalidInput(faults) }
        try warnOfUnknownClient(exchange)
        let login = try service.login(
            email: email, password: password, replacing: exchange.request.sessionToken(settings.cookie),
            by: exchange.caller)
        let obligations: [(String, JSONValue)] =
            login.account.mustChangePassword ? [("password_change_required", true)] : []
        var response = Response(json: login.account.json.with(obligations))
        response.headerFields[.setCookie] = settings.cookie.setting(login.token.text)
        return response
    }
}
