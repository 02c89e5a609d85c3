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
    /// When it was used last, to about a minute.
    public let lastSeen: Timestamp
    /// From when on it counts no longer, however much it is used.
    public let expiresAt: Timestamp
    /// The client address from which it was made; empty where it is not known.
    public let address: String
    /// The `User-Agent` with which it was made, cut to 256 characters; empty where there was none.
    public let userAgent: String

    /// Makes a session from its parts.
    public init(
        id: Identifier<Session>, tokenHash: TokenHash, account: Identifier<Account>, createdAt: Timestamp,
        lastSeen: Timestamp, expiresAt: Timestamp, address: String, userAgent: String
    ) {
        self.id = id
        self.tokenHash = tokenHash
        self.account = account
        self.createdAt = createdAt
        self.lastSeen = lastSeen
        self.expiresAt = expiresAt
        self.address = address
        self.userAgent = userAgent
    }
}

/// The session of a browser in which somebody logs in anew, which ends by that.
public struct ReplacedSession {
    /// The hash of its token.
    public let tokenHash: TokenHash
    /// Makes the entry for the audit log of its end.
    public let event: (Identifier<Session>, Identifier<Account>) throws -> AuditEvent

    /// Makes one from its parts.
    public init(
        tokenHash: TokenHash, event: @escaping (Identifier<Session>, Identifier<Account>) throws -> AuditEvent
    ) {
        self.tokenHash = tokenHash
        self.event = event
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
    public var name: String
    /// For whom it acts.
    public let account: Identifier<Account>
    /// Where it acts.
    public let organization: Identifier<Organization>
    /// What it may be used for.
    public var scopes: ScopeSet
    /// The highest role of its account that counts for it; `nil` for each, as with tokens from before there were ceilings.
    public var roleCeiling: Role?
    /// When it was made.
    public let createdAt: Timestamp
    /// From when on it counts no longer; `nil` for never.
    public let validUntil: Timestamp?
    /// When it was used last, to about a minute; `nil` where it never was.
    public let lastUsedAt: Timestamp?

    /// Makes a token's record from its parts.
    public init(
        id: Identifier<APIToken>, tokenHash: TokenHash, name: String, account: Identifier<Account>,
        organization: Identifier<Organization>, scopes: ScopeSet, roleCeiling: Role?, createdAt: Timestamp,
        validUntil: Timestamp?, lastUsedAt: Timestamp? = nil
    ) {
        self.id = id
        self.tokenHash = tokenHash
        self.name = name
        self.account = account
        self.organization = organization
        self.scopes = scopes
        self.roleCeiling = roleCeiling
        self.createdAt = createdAt
        self.validUntil = validUntil
        self.lastUsedAt = lastUsedAt
    }
}

/// The identifier of a credential of either kind.
public enum CredentialID: Hashable, Sendable, CustomStringConvertible {
    case apiToken(Identifier<APIToken>)
    case session(Identifier<Session>)

    /// The identifier, whose prefix tells the kind.
    public var description: String {
        switch self {
        case .apiToken(let id): id.description
        case .session(let id): id.description
        }
    }
}
