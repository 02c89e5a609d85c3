/// A second factor of an account, but for its recovery codes, which are counted together.
public struct Factor: Identified, Sendable, Equatable {
    public static let identifierPrefix = "fac_"

    /// The kinds of factors.
    public enum Kind: String, Sendable, CaseIterable {
        /// A generator of one-time codes (RFC 6238).
        case totp
        /// A WebAuthn credential that its authenticator keeps, and that logs in by itself.
        case passkey
        /// A WebAuthn credential for use behind a password.
        case securityKey = "security_key"

        /// The method by which such a factor is proved.
        public var method: SecondFactorMethod { self == .totp ? .totp : .passkey }
    }

    /// The most factors of an account.
    public static let most = 10
    /// The maximum length of a name in characters.
    public static let maximumNameLength = 100

    /// The identifier.
    public let id: Identifier<Factor>
    /// The account.
    public let account: Identifier<Account>
    /// The kind.
    public let kind: Kind
    /// The name that its owner gave it.
    public let name: String
    /// The time at which it was added.
    public let createdAt: Timestamp
    /// The time of its last use; `nil` for none.
    public let lastUsedAt: Timestamp?
    /// True if the credential is backed up; `nil` for a generator.
    public let isBackedUp: Bool?

    /// Creates a factor from its parts.
    public init(
        id: Identifier<Factor>, account: Identifier<Account>, kind: Kind, name: String, createdAt: Timestamp,
        lastUsedAt: Timestamp? = nil, isBackedUp: Bool? = nil
    ) {
        self.id = id
        self.account = account
        self.kind = kind
        self.name = name
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
        self.isBackedUp = isBackedUp
    }
}
