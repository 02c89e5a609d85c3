/// A login of a person, carried by a session token.
public struct Session: Identified, Sendable, Equatable {
    public static let identifierPrefix = "sess_"

    /// Its identifier.
    public let id: Identifier<Session>
    /// The hash of its token.
    public let tokenHash: TokenHash
    /// Whose it is.
    public let account: Identifier<Account>
    /// When it was made.
    public let createdAt: Timestamp
    /// From when on it counts no longer.
    public let expiresAt: Timestamp
    /// The client address from which it was made; empty where it is not known.
    public let address: String
    /// The `User-Agent` with which it was made, cut to 256 characters; empty where there was none.
    public let userAgent: String

    /// Makes a session from its parts.
    public init(
        id: Identifier<Session>, tokenHash: TokenHash, account: Identifier<Account>, createdAt: Timestamp,
        expiresAt: Timestamp, address: String, userAgent: String
    ) {
        self.id = id
        self.tokenHash = tokenHash
        self.account = account
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.address = address
        self.userAgent = userAgent
    }
}

/// The right of a program to act for an account in one organization.
public struct APIToken: Identified, Sendable, Equatable {
    public static let identifierPrefix = "tok_"

    /// Its identifier.
    public let id: Identifier<APIToken>
    /// The hash of the token.
    public let tokenHash: TokenHash
    /// What it is for, for people.
    public let name: String
    /// For whom it acts.
    public let account: Identifier<Account>
    /// Where it acts.
    public let organization: Identifier<Organization>
    /// What it may be used for.
    public let scopes: ScopeSet
    /// When it was made.
    public let createdAt: Timestamp
    /// From when on it counts no longer; `nil` for never.
    public let validUntil: Timestamp?

    /// Makes a token's record from its parts.
    public init(
        id: Identifier<APIToken>, tokenHash: TokenHash, name: String, account: Identifier<Account>,
        organization: Identifier<Organization>, scopes: ScopeSet, createdAt: Timestamp, validUntil: Timestamp?
    ) {
        self.id = id
        self.tokenHash = tokenHash
        self.name = name
        self.account = account
        self.organization = organization
        self.scopes = scopes
        self.createdAt = createdAt
        self.validUntil = validUntil
    }
}

/// Who makes a request, as an accepted credential tells.
public struct Principal: Sendable, Equatable {
    /// The credential that was accepted.
    public enum Credential: Sendable, Equatable {
        /// An API token that acts in an organization with some scopes.
        case apiToken(Identifier<APIToken>, organization: Identifier<Organization>, scopes: ScopeSet)
        /// A session.
        case session(Identifier<Session>)
    }

    /// The credential that was accepted.
    public let credential: Credential
    /// For whom it acts.
    public let account: Identifier<Account>
    /// The roles that the account holds on the installation.
    public let installationRoles: RoleSet
    /// The roles that the account holds in the token's organization; none for a session.
    public let organizationRoles: RoleSet

    /// Makes a principal from its parts.
    public init(
        credential: Credential, account: Identifier<Account>, installationRoles: RoleSet, organizationRoles: RoleSet
    ) {
        self.credential = credential
        self.account = account
        self.installationRoles = installationRoles
        self.organizationRoles = organizationRoles
    }

    /// Whether the credential carries a scope. A session carries none: it belongs to a person, not to a program.
    public func has(_ scope: Scope) -> Bool {
        switch credential {
        case .apiToken(_, _, let scopes): scopes.grants(scope)
        case .session: false
        }
    }
}
