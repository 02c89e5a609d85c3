/// What somebody asks for who registers an account, checked.
public struct RegistrationForm: Sendable {
    /// The email address.
    public let email: EmailAddress
    /// The password; `nil` for an account that nobody can log in to, such as that of a program.
    public let password: Password?
    /// The roles, in the organization and on the installation; at least one in the organization.
    public let roles: RoleSet
    let names: PersonNames

    /// The roles of who asks for none.
    public static let defaultRoles = RoleSet([.appMember])

    /// Checks all that was sent.
    ///
    /// - Parameters:
    ///   - roles: the names; `nil` for one that is wrong already, which keeps the places of the others.
    ///   - faults: what was found wrong already; a field named there is not reported as missing.
    /// - Throws: `AuthenticationError.invalidInput` with every fault, these included.
    public init(
        email: String?, password: Password?, roles: [String?]? = nil, name: String? = nil, givenName: String? = nil,
        familyName: String? = nil, policy: PasswordPolicy, faults: [InputFault] = []
    ) throws(AuthenticationError) {
        var faults = faults
        let address = EmailAddress(required: email, "email", &faults)
        if let password {
            faults += policy.faults(in: password, email: address)
        } else {
            faults.noteMissing("password")
        }
        let roleSet = RoleSet(names: roles ?? [], "roles", &faults)
        names = PersonNames(name: name, givenName: givenName, familyName: familyName, &faults)
        guard faults.isEmpty, let address, let password else { throw .invalidInput(faults) }
        self.email = address
        self.password = password
        self.roles = roleSet.withDefault
    }

    /// Checks what an operator typed for an account without a password.
    ///
    /// - Throws: `AuthenticationError.invalidInput` with every fault.
    public init(
        withoutPassword email: String, roles: [Role], name: String? = nil, givenName: String? = nil,
        familyName: String? = nil
    ) throws(AuthenticationError) {
        var faults: [InputFault] = []
        let address = EmailAddress(required: email, "email", &faults)
        names = PersonNames(name: name, givenName: givenName, familyName: familyName, &faults)
        guard faults.isEmpty, let address else { throw .invalidInput(faults) }
        self.email = address
        self.password = nil
        self.roles = RoleSet(roles).withDefault
    }
}
