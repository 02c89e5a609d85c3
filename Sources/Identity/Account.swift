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
    public let name: String
    /// The given name, where it is known.
    public let givenName: String?
    /// The family name, where it is known.
    public let familyName: String?
    /// Where its credentials are kept.
    public let provider: Provider
    /// Whether it may be used.
    public let state: State
    /// The roles that it holds on the installation.
    public let installationRoles: RoleSet
    /// When it was made.
    public let createdAt: Timestamp
    /// Its users, one in each organization that it belongs to, the oldest first.
    public let users: [User]

    /// All roles that it holds.
    public var roles: RoleSet { users.reduce(installationRoles) { $0.union($1.roles) } }

    /// Makes an account from its parts.
    public init(
        id: Identifier<Account>, email: EmailAddress, name: String, givenName: String?, familyName: String?,
        provider: Provider, state: State, installationRoles: RoleSet, createdAt: Timestamp, users: [User]
    ) {
        self.id = id
        self.email = email
        self.name = name
        self.givenName = givenName
        self.familyName = familyName
        self.provider = provider
        self.state = state
        self.installationRoles = installationRoles
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
    public let name: String
    /// The account's email address.
    public let email: EmailAddress
    /// Whether the membership counts.
    public let state: Account.State
    /// The roles held in the organization.
    public let roles: RoleSet
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

/// A group of users that share an application.
public struct Organization: Identified, Sendable, Equatable {
    public static let identifierPrefix = "org_"

    /// The longest slug in characters.
    public static let maximumSlugLength = 63

    /// Its identifier.
    public let id: Identifier<Organization>
    /// Its name in addresses: lower-case letters, digits and hyphens.
    public let slug: String
    /// Its name for people.
    public let name: String
    /// When it was made.
    public let createdAt: Timestamp

    /// Makes an organization from its parts.
    public init(id: Identifier<Organization>, slug: String, name: String, createdAt: Timestamp) {
        self.id = id
        self.slug = slug
        self.name = name
        self.createdAt = createdAt
    }

    /// Whether a text can be a slug: 1 to 63 lower-case letters, digits and hyphens, with no hyphen at either end, and
    /// nothing that could be taken for an identifier.
    public static func isSlug(_ text: String) -> Bool {
        (1...maximumSlugLength).contains(text.utf8.count) && !text.hasPrefix("-") && !text.hasSuffix("-")
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
