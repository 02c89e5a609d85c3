import HTTP
import HTTPTypes
import Identity
import JSON

private let email = Field<String>("email", .string, example: Example.email, isRequired: true)
private let password = Field<Password>(
    "password", .string(format: "password"), example: "northern lights", isRequired: true)
private let code = Field<String>(
    "code", .string(maxLength: 32),
    "A code of a TOTP generator or a recovery code: it finishes the login of an account with a second factor at once.")
private let credentials = Body("Credentials", [email, password, code])

extension Endpoint {
    static let logIn = Endpoint(
        .post, "/auth/login", .login, id: "logIn", in: .authentication, "Log in with email and password",
        """
        Starts a session, whose token comes in the cookie. A wrong password and an unknown email address get the same \
        answer in the same time. If the request has a session cookie already, that session ends.

        An account with a second factor is answered 401 `second_factor_required`, with a `login_token` by which \
        `POST /auth/login/second-factor` finishes the login; a `code` in the body does so at once.

        ```sh
        curl -X POST "https://{BASE_URL}/api/v1/auth/login" \\
          -H "Authorization: Bearer {API_TOKEN}" \\
          -H "Content-Type: application/json" \\
          -d '{
            "email": "{username}",
            "password": "{password}"
          }'
        ```
        """,
        body: credentials,
        response: DescribedAnswer(
            LoggedInAccount.self, "The account, and the cookie of a new session.", headers: [.sessionCookie]),
        problems: [.invalidCredentials, .secondFactorRequired, .accountInactive]
    ) { api, call in
        var form = try call.form(credentials)
        let (email, password, code) = (form[email], form[password], form[code])
        var faults = form.faults
        if email == nil { faults.noteMissing("email") }
        if password == nil { faults.noteMissing("password") }
        guard faults.isEmpty, let email, let password else { throw Problem.invalidInput(faults) }
        try api.warnOfUnknownClient(call)
        let device = api.service.deviceTrust.flatMap { lifetime in
            api.settings.deviceCookie(maxAge: lifetime).value(in: call.request)
        }
        let shortcut = AuthenticationService.LoginShortcut(code: code, device: device)
        let login = try api.loggingLogin(call) { () throws(AuthenticationError) in
            try api.service.login(
                email: email, password: password, shortcut, replacing: api.replacedToken(of: call), by: call.caller)
        }
        return api.response(to: login)
    }
}
