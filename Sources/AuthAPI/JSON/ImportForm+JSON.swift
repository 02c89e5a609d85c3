public import Gateway
public import Identity

extension ImportForm {
    /// Reads one line of an import file: a JSON object with the members `email` and `password_hash`, and any of `name`,
    /// `given_name`, `family_name`, `roles`, `state`, `created_at` and `organization`. Other members count for nothing.
    ///
    /// - Throws: `AuthenticationError.invalidInput` with every fault.
    public init(json line: RequestBody) throws(AuthenticationError) {
        var form: Form
        do throws(Form.Fault) {
            form = try Form(text: line)
        } catch .malformed(let fault) {
            throw .invalidInput([InputFault("", .malformedJSON, fault.detail(of: "line"))])
        } catch {
            throw .invalidInput([InputFault("", .wrongType, "The line must be a JSON object.")])
        }
        let email = form.value("email", EmailAddress.init(input:))
        let passwordHash = form.nullableString("password_hash")
        let (name, givenName, familyName) = (form.string("name"), form.string("given_name"), form.string("family_name"))
        let roles = form.values("roles", Role.init(input:))
        let state = form.value("state", Account.State.init(input:))
        let createdAt = form.value("created_at", Timestamp.init(input:))
        let organization = form.string("organization")
        try self.init(
            email: email, passwordHash: passwordHash, name: name, givenName: givenName, familyName: familyName,
            roles: roles ?? [], state: state, createdAt: createdAt, organization: organization, faults: form.faults)
    }
}
