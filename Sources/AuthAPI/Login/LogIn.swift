import HTTP
import HTTPTypes
import Identity
import JSON

private let email = Field<String>("email", .string, example: Example.email, isRequired: true)
private let password = Field<Password>(
    "password", .string(format: "password"), example: "northern lights", isRequired: true)
private let credentials = Body("Credentials", [email, password])

extension Endpoint {
    static let logIn = Endpoint(
        .post, "/auth/login", .login, id: "logIn", in: .authentication, "Log in with email and password",
        """
        Starts a session, whose token comes in the cookie. A wrong password and an unknown email address get the same \
        answer in the same time. If the request has a session cookie already, that session ends.

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
        problems: [.invalidCredentials, .accountInactive]
    ) { api, call in
        var form = try call.form(credentials)
        let (email, password) = (form[email], form[password])
        var faults = form.faults
        if email == nil { faults.noteMissing("email") }
        if password == nil { faults.noteMissing("password") }
        guard faults.isEmpty, let email, let password else { throw Problem.invalidInput(faults) }
        try api.warnOfUnknownClient(call)
        let login = try api.loggingLogin(call) { () throws(AuthenticationError) in
            try api.service.login(
                email: email, password: password, replacing: call.request.sessionToken(api.settings.cookie),
                by: call.caller)
        }
        var response = Response(LoggedInAccount(account: login.account))
        response.headerFields[.setCookie] = api.settings.cookie.setting(login.token.text)
        return response
    }
}

/// An account as its login shows it.
private struct LoggedInAccount: Shaped {
    let account: Account

    static let shape = Shape<LoggedInAccount>("LoggedInAccount") {
        Account.shape.members.map { $0.of { $0.account } }
        Member(
            optional: "password_change_required",
            "Only there if the password must be changed before anything else.",
            schema: .boolean.with("const", true)
        ) { $0.account.mustChangePassword ? true : nil }
    }
}
