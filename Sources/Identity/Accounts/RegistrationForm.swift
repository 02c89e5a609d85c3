/// The data of an account to register, checked.
///
///     let form = try RegistrationForm(
///         email: EmailAddress("ann@example.com"), password: password, name: "Ann", policy: service.passwordPolicy)
///     let account = try service.register(form, by: caller)
public struct RegistrationForm: Sendable {
    /// The email address.
    public let email: EmailAddress
    /// The password; `nil` for an account without login, such as a program's.
    public let password: Password?
    /// The roles, in the organization and on the installation; at least one in the organization.
    public let roles: RoleSet
    let names: PersonNames

    /// The roles of an account for which none are requested.
    public static let defaultRoles = RoleSet([.appMember])

    /// Checks the data of an account with a password.
    ///
    /// - Parameters:
    ///   - email: `nil` if it is missing or not valid.
    ///   - faults: the faults found so far; their fields are not also reported as missing.
    /// - Throws: `AuthenticationError.invalidInput` with all faults, including `faults`; `.breachedPasswords`.
    public init(
        email: EmailAddress?, password: Password?, roles: [Role] = [], name: String? = nil, givenName: String? = nil,
        familyName: String? = nil, policy: PasswordPolicy, faults: [InputFault] = []
    ) throws(AuthenticationError) {
        var faults = faults
        if email == nil { faults.noteMissing("email") }
        if let password {
            faults += try policy.faults(in: password, email: email)
        } else {
            faults.noteMissing("password")
        }
        let names = PersonNames(name: name, givenName: givenName, familyName: familyName, &faults)
        try self.init(email, password, roles, names, faults)
    }

    /// Checks the data of an account without a password, for an operator.
    ///
    /// - Throws: `AuthenticationError.invalidInput` with all faults, including `faults`.
    public init(
        withoutPassword email: EmailAddress?, roles: [Role], name: String? = nil, givenName: String? = nil,
        familyName: String? = nil, faults: [InputFault] = []
    ) throws(AuthenticationError) {
        var faults = faults
        if email == nil { faults.noteMissing("email") }
        let names = PersonNames(name: name, givenName: givenName, familyName: familyName, &faults)
        try self.init(email, nil, roles, names, faults)
    }

    private init(
        _ email: EmailAddress?, _ password: Password?, _ roles: [Role], _ names: PersonNames, _ faults: [InputFault]
    ) throws(AuthenticationError) {
        guard faults.isEmpty, let email else { throw .invalidInput(faults) }
        self.email = email
        self.password = password
        self.roles = RoleSet(roles).withDefault
        self.names = names
    }
}

extension RoleSet {
    /// These roles, with the default role in the organization if there is none.
    var withDefault: RoleSet { inOrganization.isEmpty ? union(RegistrationForm.defaultRoles) : self }
}

/// The names of a new account, checked.
struct PersonNames: Sendable, Equatable {
    /// The display name, if given.
    let name: String?
    /// The given name, if given.
    let givenName: String?
    /// The family name, if given.
    let familyName: String?

    /// Checks names and records their faults.
    init(name: String?, givenName: String?, familyName: String?, _ faults: inout [InputFault]) {
        self.givenName = givenName.flatMap { InputFault.optionalName($0, "given_name", &faults) }
        self.familyName = familyName.flatMap { InputFault.optionalName($0, "family_name", &faults) }
        self.name = name.flatMap { InputFault.optionalName($0, "name", &faults) }
    }

    /// The display name of an account with this email address: the given one, otherwise given and family name cut to
    /// the length of a name, otherwise the part of the address before the `@`.
    func displayName(_ address: EmailAddress) -> String {
        let fullName = [givenName, familyName].compactMap(\.self).joined(separator: " ")
        return name ?? (fullName.isEmpty ? address.localPart : InputFault.cutName(fullName))
    }
}
