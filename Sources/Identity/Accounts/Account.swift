/// A person or program that can act on the installation.
///
///     let account = try service.account(named: "ann@example.com")
///     account.user(in: organization.id)?.roles   // the roles held there
public struct Account: Identified, Sendable, Equatable {
    public static let identifierPrefix = "acct_"

    /// The state of an account or a user.
    public enum State: String, Sendable, CaseIterable {
        /// It may be used.
        case active = "Active"
        /// It may not be used until it is activated again.
        case inactive = "Inactive"
    }

    /// The system that keeps an account's credentials.
    public enum Provider: String, Sendable, CaseIterable {
        /// This installation, by email address and password.
        case credentials = "Credentials"
    }

    /// The identifier.
    public let id: Identifier<Account>
    /// The email address.
    public var email: EmailAddress
    /// The display name.
    public var name: String
    /// The given name, if known.
    public var givenName: String?
    /// The family name, if known.
    public var familyName: String?
    /// The system that keeps the credentials.
    public let provider: Provider
    /// The state.
    public var state: State
    /// The roles held on the installation.
    public var installationRoles: RoleSet
    /// True if somebody else set the password, so that it must be changed before the account can be used.
    public var mustChangePassword: Bool
    /// The organization in which the account was created, whose administrators have rights over it. `nil` once that is
    /// gone: only administrators of the installation have these rights then.
    public let home: Identifier<Organization>?
    /// The time of creation.
    public let createdAt: Timestamp
    /// The users, one in each organization of the account, the oldest first.
    public var users: [User]

    /// All roles held.
    public var roles: RoleSet { users.reduce(installationRoles) { $0.union($1.roles) } }

    /// The user in an organization.
    public func user(in organization: Identifier<Organization>?) -> User? {
        users.first { $0.organization == organization }
    }

    /// Creates an account from its parts.
    public init(
        id: Identifier<Account>, email: EmailAddress, name: String, givenName: String?, familyName: String?,
        provider: Provider, state: State, installationRoles: RoleSet, mustChangePassword: Bool = false,
        home: Identifier<Organization>?, createdAt: Timestamp, users: [User]
    ) {
        self.id = id
        self.email = email
        self.name = name
        self.givenName = givenName
        self.familyName = familyName
        self.provider = provider
        self.state = state
        self.installationRoles = installationRoles
        self.mustChangePassword = mustChangePassword
        self.home = home
        self.createdAt = createdAt
        self.users = users
    }
}

extension Account {
    /// Gives the account another display name. A user without a name of its own has the account's.
    mutating func rename(_ name: String) {
        for index in users.indices where users[index].name == self.name { users[index].name = name }
        self.name = name
    }

    /// Gives the account another email address, which all of its users have.
    mutating func readdress(_ email: EmailAddress) {
        self.email = email
        for index in users.indices { users[index].email = email }
    }
}
