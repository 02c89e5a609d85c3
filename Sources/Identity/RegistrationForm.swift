/// What somebody asks for who registers an account, checked.
public struct RegistrationForm: Sendable {
    /// The email address.
    public let email: EmailAddress
    /// The password.
    public let password: Password
    /// The roles, in the organization and on the installation; at least one in the organization.
    public let roles: RoleSet
    /// The display name.
    public let name: String
    /// The given name.
    public let givenName: String?
    /// The family name.
    public let familyName: String?

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
        let address = Self.emailAddress(email, &faults)
        if let password {
            faults += policy.faults(in: password, email: address)
        } else {
            faults.noteMissing("password")
        }
        let roleSet = RoleSet(names: roles ?? [], "roles", &faults)
        let givenName = givenName.flatMap { InputFault.personName($0, "given_name", &faults) }
        let familyName = familyName.flatMap { InputFault.personName($0, "family_name", &faults) }
        let fullName = [givenName, familyName].compactMap(\.self).joined(separator: " ")
        let name = name.flatMap { InputFault.personName($0, "name", &faults) }
        guard faults.isEmpty, let address, let password else { throw .invalidInput(faults) }
        self.email = address
        self.password = password
        self.roles = roleSet.withDefault
        self.givenName = givenName
        self.familyName = familyName
        self.name = name ?? (fullName.isEmpty ? address.localPart : fullName)
    }

    private static func emailAddress(_ text: String?, _ faults: inout [InputFault]) -> EmailAddress? {
        guard let text else {
            faults.noteMissing("email")
            return nil
        }
        let address = EmailAddress(text)
        if address == nil {
            faults.append(
                InputFault(
                    "email", .invalidFormat,
                    "This is no email address of at most \(EmailAddress.maximumLength) bytes."))
        }
        return address
    }
}

extension RoleSet {
    /// Reads names; those that are wrong are noted, each at its place in the field.
    ///
    /// - Parameter names: `nil` for one that was found wrong already.
    init(names: [String?], _ field: String, _ faults: inout [InputFault]) {
        self = []
        for case (let index, let name?) in names.enumerated() {
            if let role = Role(rawValue: name) {
                formUnion(RoleSet([role]))
            } else {
                faults.append(InputFault("\(field)/\(index)", .unknownRole, "There is no such role."))
            }
        }
    }

    /// The same with the default role in the organization, where none is named.
    var withDefault: RoleSet { inOrganization.isEmpty ? union(RegistrationForm.defaultRoles) : self }
}
