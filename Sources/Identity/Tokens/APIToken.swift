/// The right of a program to act for an account in one organization.
public struct APIToken: Identified, Sendable, Equatable {
    public static let identifierPrefix = "tok_"

    /// The identifier.
    public let id: Identifier<APIToken>
    /// The hash of the token.
    public let tokenHash: TokenHash
    /// The name, which states the token's purpose.
    public var name: String
    /// The account.
    public let account: Identifier<Account>
    /// The organization.
    public let organization: Identifier<Organization>
    /// The scopes.
    public var scopes: ScopeSet
    /// The highest role of the account that counts; `nil` for no ceiling, as in tokens older than ceilings.
    public var roleCeiling: Role?
    /// The time of creation.
    public let createdAt: Timestamp
    /// The time at which it expires; `nil` for never.
    public let validUntil: Timestamp?
    /// The time of last use, to about a minute; `nil` if it has not been used.
    public let lastUsedAt: Timestamp?

    /// Creates a token's record from its parts.
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
