/// A login of a person, identified by a session token.
public struct Session: Identified, Sendable, Equatable {
    public static let identifierPrefix = "sess_"

    /// The identifier.
    public let id: Identifier<Session>
    /// The hash of the token.
    public let tokenHash: TokenHash
    /// The account.
    public let account: Identifier<Account>
    /// The time of the login.
    public let createdAt: Timestamp
    /// The time of last use, to about a minute.
    public let lastSeen: Timestamp
    /// The time at which it expires, however much it is used.
    public let expiresAt: Timestamp
    /// The client address of the login; empty if it is unknown.
    public let address: String
    /// The `User-Agent` of the login, cut to 256 characters; empty if there was none.
    public let userAgent: String
    /// The proofs on which it rests.
    public let authentication: SessionAuthentication

    /// Creates a session from its parts.
    ///
    /// - Parameter authentication: the proofs on which it rests; `nil` for a password at its beginning.
    public init(
        id: Identifier<Session>, tokenHash: TokenHash, account: Identifier<Account>, createdAt: Timestamp,
        lastSeen: Timestamp, expiresAt: Timestamp, address: String, userAgent: String,
        authentication: SessionAuthentication? = nil
    ) {
        self.id = id
        self.tokenHash = tokenHash
        self.account = account
        self.createdAt = createdAt
        self.lastSeen = lastSeen
        self.expiresAt = expiresAt
        self.address = address
        self.userAgent = userAgent
        self.authentication =
            authentication ?? SessionAuthentication(methods: .password, authenticatedAt: createdAt)
    }
}

/// The previous session of a browser, which a new login ends.
public struct ReplacedSession {
    /// The hash of its token.
    public let tokenHash: TokenHash
    /// Makes the audit log's entry for its end.
    public let event: (Identifier<Session>, Identifier<Account>) throws -> AuditEvent

    /// Creates a replaced session from its parts.
    public init(
        tokenHash: TokenHash, event: @escaping (Identifier<Session>, Identifier<Account>) throws -> AuditEvent
    ) {
        self.tokenHash = tokenHash
        self.event = event
    }
}

/// The identifier of a session or an API token.
public enum CredentialID: Hashable, Sendable, CustomStringConvertible {
    case apiToken(Identifier<APIToken>)
    case session(Identifier<Session>)

    /// The identifier, whose prefix names the kind.
    public var description: String {
        switch self {
        case .apiToken(let id): id.description
        case .session(let id): id.description
        }
    }
}
