import Gateway
import HTTPTypes
import Identity

extension AuthAPI {
    /// `POST /auth/register`: makes an account and its user.
    func register(_ exchange: Exchange) throws(EndpointError) -> Response {
        guard var form = exchange.form, let principal = exchange.principal else { throw .problem(.noCredential) }
        do throws(AuthenticationError) {
            let email = form.string("email")
            let password = form.password("password")
            let roles = form.strings("roles")
            let name = form.string("name")
            let givenName = form.string("given_name")
            let familyName = form.string("family_name")
            let registration = try RegistrationForm(
                email: email, password: password, roles: roles, name: name, givenName: givenName,
                familyName: familyName, policy: service.passwordPolicy, faults: form.faults)
            let organization = exchange.request.head.headerFields[.organization]
            return Response(json: try service.register(registration, in: organization, by: principal).json)
        } catch {
            throw .operation(error)
        }
    }
}
