import HTTP
import HTTPTypes
import Identity
import JSON

private let credential = Field<WebAuthn.AuthenticationResponse>(
    "credential", .publicKeyCredential,
    "The answer of `navigator.credentials.get()` to the options, as `toJSON()` gives it.", isRequired: true)
private let passkey = Body("PasskeyLogin", [credential])

extension Endpoint {
    static let passkeyLoginOptions = Endpoint(
        .post, "/auth/login/passkey/options", .login, id: "getPasskeyLoginOptions", in: .authentication,
        "Begin a login by a passkey alone",
        """
        The options for `navigator.credentials.get()`, as `PublicKeyCredential.parseRequestOptionsFromJSON()` takes \
        them. They name no account: the browser offers the passkeys that it has. Their challenge is good for five \
        minutes and one answer. 404 where the installation has no public address.
        """,
        response: .requestOptions("The options.", headers: [.passkeyCookie]), problems: [.notFound]
    ) { api, call in
        let cookie = api.settings.passkeyCookie
        let offer = try api.service.passkeyLoginOptions(cookie: cookie.value(in: call.request), by: call.caller)
        var response = Response(json: offer.options.json.utf8)
        if let value = offer.cookie { response.headerFields[.setCookie] = cookie.setting(value) }
        return response
    }

    static let logInByPasskey = Endpoint(
        .post, "/auth/login/passkey", .login, id: "logInByPasskey", in: .authentication,
        "Log in by a passkey alone",
        """
        Starts a session without a password. The passkey must have verified its user, which makes two factors of it. \
        An unknown passkey and a wrong answer get the same answer.
        """,
        body: passkey,
        response: DescribedAnswer(
            LoggedInAccount.self, "The account, and the cookie of a new session.", headers: [.sessionCookie]),
        problems: [.invalidCredentials, .accountInactive, .notFound]
    ) { api, call in
        var form = try call.form(passkey)
        let answer = form[credential]
        var faults = form.faults
        if answer == nil { faults.noteMissing("credential") }
        guard faults.isEmpty, let answer else { throw Problem.invalidInput(faults) }
        try api.warnOfUnknownClient(call)
        let cookie = api.settings.passkeyCookie.value(in: call.request)
        let login = try api.loggingLogin(call, answering: .passkey) { () throws(AuthenticationError) in
            try api.service.login(
                passkey: answer, cookie: cookie, replacing: api.replacedToken(of: call), by: call.caller)
        }
        return api.response(to: login)
    }
}
