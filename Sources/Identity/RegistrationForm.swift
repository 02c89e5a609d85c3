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
        let roleSet = Self.roleSet(roles ?? [], &faults)
        let givenName = Self.personName(givenName, "given_name", &faults)
        let familyName = Self.personName(familyName, "family_name", &faults)
        let fullName = [givenName, familyName].compactMap(\.self).joined(separator: " ")
        let name = Self.personName(name, "name", &faults)
        guard faults.isEmpty, let address, let password else { throw .invalidInput(faults) }
        self.email = address
        self.password = password
        self.roles = roleSet.inOrganization.isEmpty ? roleSet.union(Self.defaultRoles) : roleSet
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

    private static func roleSet(_ names: [String?], _ faults: inout [InputFault]) -> RoleSet {
        var roles: RoleSet = []
        for case (let index, let name?) in names.enumerated() {
            if let role = Role(rawValue: name) {
                roles.formUnion(RoleSet([role]))
            } else {
                faults.append(InputFault("roles/\(index)", .unknownRole, "There is no such role."))
            }
        }
        return roles
    }

    /// A name in Normalization Form C; `nil` where it is missing or blank.
    private static func personName(_ text: String?, _ field: String, _ faults: inout [InputFault]) -> String? {
        guard let name = text?.inNormalFormC, !name.allSatisfy(\.isWhitespace) else { return nil }
        faults += InputFault.faults(inName: name, field)
        return name
    }
}
