/// An account's membership of an organization.
public struct User: Identified, Sendable, Equatable {
    public static let identifierPrefix = "user_"

    /// The identifier.
    public let id: Identifier<User>
    /// The organization.
    public let organization: Identifier<Organization>
    /// The account.
    public let account: Identifier<Account>
    /// The name by which the organization knows the person.
    public var name: String
    /// The account's email address.
    public var email: EmailAddress
    /// The state of the membership.
    public var state: Account.State
    /// The roles held in the organization.
    public var roles: RoleSet
    /// The time at which the membership began.
    public let createdAt: Timestamp

    /// Creates a user from its parts.
    public init(
        id: Identifier<User>, organization: Identifier<Organization>, account: Identifier<Account>, name: String,
        email: EmailAddress, state: Account.State, roles: RoleSet, createdAt: Timestamp
    ) {
        self.id = id
        self.organization = organization
        self.account = account
        self.name = name
        self.email = email
        self.state = state
        self.roles = roles
        self.createdAt = createdAt
    }
}

/// The role and name of a user, checked. `nil` leaves a property as it is.
///
///     let user = try service.update(id, UserForm(role: .appAdmin), by: caller)
public struct UserForm: Sendable, Equatable {
    /// The role in the organization.
    public let role: Role?
    /// The name by which the organization knows the person.
    public let name: String?

    /// Checks role and name.
    ///
    /// - Parameters:
    ///   - nameField: the field that faults of the name refer to.
    ///   - faults: the faults found so far.
    /// - Throws: `AuthenticationError.invalidInput` with all faults, including `faults`.
    public init(
        role: Role? = nil, name: String? = nil, nameField: String = "name", faults: [InputFault] = []
    ) throws(AuthenticationError) {
        var faults = faults
        self.role = role.flatMap { $0.checked(inOrganization: "role", &faults) }
        self.name = name.flatMap { InputFault.requiredName($0, nameField, &faults) }
        guard faults.isEmpty else { throw .invalidInput(faults) }
    }
}
