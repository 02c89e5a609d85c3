import Gateway
import Identity

extension AuthAPI {
    /// `POST /auth/register`: makes an account and its user.
    func register(_ exchange: Exchange) throws -> Response {
        var form = try exchange.form()
        let email = form.value("email", EmailAddress.init(input:))
        let password = form.password("password")
        let roles = form.values("roles", Role.init(input:)) ?? []
        let name = form.string("name")
        let givenName = form.string("given_name")
        let familyName = form.string("family_name")
        let registration = try RegistrationForm(
            email: email, password: password, roles: roles, name: name, givenName: givenName, familyName: familyName,
            policy: service.passwordPolicy, faults: form.faults)
        try warnOfUnknownClient(exchange)
        return Response(json: try service.register(registration, by: exchange.caller).json)
    }
}
