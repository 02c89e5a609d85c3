/// A person or program known to the installation.
public struct Account: Identified, Sendable, Equatable {
    public static let identifierPrefix = "acct_"

    /// Whether it may be used.
    public enum State: String, Sendable, CaseIterable {
        /// It may.
        case active = "Active"
        /// It may not, until somebody activates it again.
        case inactive = "Inactive"
    }

    /// Where its credentials are kept.
    public enum Provider: String, Sendable, CaseIterable {
        /// Here: email and password.
        case credentials = "Credentials"
    }

    /// Its identifier.
    public let id: Identifier<Account>
    /// Its email address.
    public let email: EmailAddress
    /// Its display name.
    public var name: String
    /// The given name, where it is known.
    public var givenName: String?
    /// The family name, where it is known.
    public var familyName: String?
    /// Where its credentials are kept.
    public let provider: Provider
    /// Whether it may be used.
    public var state: State
    /// The roles that it holds on the installation.
    public var installationRoles: RoleSet
    /// Whether the password must be changed before the account can be used: it was set by somebody else.
    public var mustChangePassword: Bool
    /// The organization where it was made, whose administrators have rights over it; `nil` once that is gone, which leaves
    /// them to administrators of the installation.
    public let home: Identifier<Organization>?
    /// When it was made.
    public let createdAt: Timestamp
    /// Its users, one in each organization that it belongs to, the oldest first.
    public var users: [User]

    /// All roles that it holds.
    public var roles: RoleSet { users.reduce(installationRoles) { $0.union($1.roles) } }

    /// Its user in an organization.
    public func user(in organization: Identifier<Organization>?) -> User? {
        users.first { $0.organization == organization }
    }

    /// Makes an account from its parts.
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

/// An account's membership of one organization.
public struct User: Identified, Sendable, Equatable {
    public static let identifierPrefix = "user_"

    /// Its identifier.
    public let id: Identifier<User>
    /// The organization.
    public let organization: Identifier<Organization>
    /// The account.
    public let account: Identifier<Account>
    /// The name by which the organization knows the person.
    public var name: String
    /// The account's email address.
    public let email: EmailAddress
    /// Whether the membership counts.
    public var state: Account.State
    /// The roles held in the organization.
    public var roles: RoleSet
    /// When the membership began.
    public let createdAt: Timestamp

    /// Makes a user from its parts.
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
