import HTTP
import HTTPTypes
import Identity
import JSON

private let loginToken = Field<String>(
    "login_token", .string(maxLength: 64), "The token that the first step answered.",
    example: "psl_0000000000000000000000000000000000000000000000000", isRequired: true)
private let method = Field<SecondFactorMethod>(
    "method", .choice(SecondFactorMethod.self), example: "totp", isRequired: true)
private let code = Field<String>(
    "code", .string(maxLength: 32), "The code, with `totp` and `recovery_code`.", example: "123456")
private let credential = Field<WebAuthn.AuthenticationResponse>(
    "credential", .publicKeyCredential,
    "With `passkey`: the answer of `navigator.credentials.get()` to the options, as `toJSON()` gives it.")
private let rememberDevice = Field<Bool>(
    "remember_device", .boolean,
    "Whether this browser needs no second factor for a while, where the installation lets it.")
private let optionsBody = Body("SecondFactorLogin", [loginToken])
private let answerBody = Body("SecondFactorAnswer", [loginToken, method, code, credential, rememberDevice])

extension SecondFactorMethod: InputValue {
    init(input text: String) throws(ValueFault) {
        guard let method = Self(rawValue: text) else {
            throw ValueFault(.outOfRange, "This is none of the methods.")
        }
        self = method
    }
}

extension Endpoint {
    static let secondFactorOptions = Endpoint(
        .post, "/auth/login/second-factor/options", .login, id: "getSecondFactorOptions", in: .authentication,
        "Begin the second step of a login by a passkey",
        """
        The options for `navigator.credentials.get()`, as `PublicKeyCredential.parseRequestOptionsFromJSON()` takes \
        them. Their challenge is good for one answer, right or wrong.
        """,
        body: optionsBody, response: .requestOptions("The options."), problems: [.loginExpired, .notFound]
    ) { api, call in
        var form = try call.form(optionsBody)
        let token = form[loginToken]
        var faults = form.faults
        if token == nil { faults.noteMissing("login_token") }
        guard faults.isEmpty, let token else { throw Problem.invalidInput(faults) }
        let options = try api.service.secondFactorOptions(loginToken: token, by: call.caller)
        return Response(json: options.json.utf8)
    }

    static let finishLogin = Endpoint(
        .post, "/auth/login/second-factor", .login, id: "finishLogin", in: .authentication,
        "Finish a login with a second factor",
        """
        Starts the session for which `POST /auth/login` has asked for a second factor. Only the caller that began the \
        login may finish it, within five minutes and with fewer than five wrong answers; a wrong answer is 401 \
        `invalid_credentials`, and the login goes on to wait.
        """,
        body: answerBody,
        response: DescribedAnswer(
            LoggedInAccount.self, "The account, and the cookie of a new session.", headers: [.sessionCookie]),
        problems: [.invalidCredentials, .loginExpired]
    ) { api, call in
        var form = try call.form(answerBody)
        let (token, remembers) = (form[loginToken], form[rememberDevice] ?? false)
        let answer = secondFactorAnswer(&form)
        var faults = form.faults
        if token == nil { faults.noteMissing("login_token") }
        guard faults.isEmpty, let token, let answer else { throw Problem.invalidInput(faults) }
        try api.warnOfUnknownClient(call)
        let login = try api.loggingLogin(call, answering: answer.method) { () throws(AuthenticationError) in
            try api.service.login(
                loginToken: token, answer: answer, trustsDevice: remembers, replacing: api.replacedToken(of: call),
                by: call.caller)
        }
        return api.response(to: login)
    }
}

/// The answer in a body; `nil` with a fault noted. What its method has no use for is ignored.
private func secondFactorAnswer(_ form: inout Fields) -> SecondFactorAnswer? {
    let (method, code, credential) = (form[method], form[code], form[credential])
    func missing(_ name: String) {
        if !form.faults.contains(where: { $0.field == name || $0.field.hasPrefix("\(name)/") }) {
            form.note(InputFault(name, .required, "This is missing."))
        }
    }
    switch method {
    case nil: missing("method")
    case .passkey:
        if let credential { return .assertion(credential, nil) }
        missing("credential")
    case .totp:
        if let code { return .totp(code) }
        missing("code")
    case .recoveryCode:
        if let code { return .recoveryCode(code) }
        missing("code")
    }
    return nil
}
