/// The part of the store for the credentials of requests, of either kind.
public protocol CredentialStore: Sendable {
    /// The carrier of an API token, or the reason for which it is refused: there is no such token, it has expired, or
    /// its account or the account's user in the token's organization is not active.
    ///
    /// - Parameter organization: the slug or identifier of the organization that the request names; `nil` for none.
    func credential(
        apiToken tokenHash: TokenHash, naming organization: String?, at now: Timestamp
    ) throws(StoreError) -> Result<Carrier, CredentialRefusal>

    /// The carrier of a session token, or the reason for which it is refused: there is no such session, it has expired,
    /// it was seen last at `idleSince` or before, its account is not active, or it was made in the future, by more than
    /// a clock that is set right now and then is off (`WallClock.tolerance`).
    ///
    /// - Parameter organization: the slug or identifier of the organization that the request names; `nil` for none.
    func credential(
        session tokenHash: TokenHash, naming organization: String?, at now: Timestamp, idleSince: Timestamp
    ) throws(StoreError) -> Result<Carrier, CredentialRefusal>

    /// The text of what the carrier of a credential is told of itself. The store may have kept it since it was written
    /// for an equal principal, as long as neither the account nor the organization has changed.
    ///
    /// - Parameter write: makes the text of the account and the organization in which the principal acts. It depends on
    ///   these and on the principal alone.
    /// - Returns: `nil` if the account is gone, or the organization.
    func profile(
        of principal: Principal, write: (Account, Organization?) -> [UInt8]
    ) throws(StoreError) -> [UInt8]?

    /// Notes when credentials were used last. A credential that is gone or was used later is left alone; but a use that
    /// lies further ahead than `WallClock.tolerance` was noted by a clock that was wrong.
    func noteUse(of credentials: [CredentialID: Timestamp]) throws(StoreError)
}

/// The part of the store for API tokens.
public protocol APITokenStore: Sendable {
    /// The API tokens that fit a filter, the oldest first, with their accounts' email addresses.
    func apiTokens(
        _ filter: APITokenFilter, _ page: PageRequest
    ) throws(StoreError) -> Page<(token: APIToken, email: String)>

    /// Adds an API token, if its account and the account's user in its organization are active.
    ///
    /// - Parameters:
    ///   - maker: the credential by which it is made, which must still be there; `nil` for none.
    ///   - mayHave: whether it may be made by a holder of these roles.
    ///   - revoked: if given, all other tokens of the account in the organization end; it makes the entry for the audit
    ///     log of each.
    /// - Returns: `false`, and changes nothing, if one of these does not hold.
    func insert(
        _ token: APIToken, maker: CredentialID?, mayHave: (RoleSet) -> Bool, event: AuditEvent,
        revoked: ((CredentialID) throws -> AuditEvent)?
    ) throws(StoreError) -> Bool

    /// Removes the API tokens that fit a filter; they are refused from the next request on.
    ///
    /// - Parameter event: makes the entry for the audit log of each.
    /// - Returns: the number of tokens.
    func removeAPITokens(
        _ filter: APITokenFilter, event: (APIToken) throws -> AuditEvent
    ) throws(StoreError) -> Int

    /// Changes an API token as a rule decides that sees its present state: its name, scopes and ceiling.
    ///
    /// - Returns: the token as it is now; `nil` if there is none, or the rule wants no change.
    func changeAPIToken(
        _ id: Identifier<APIToken>, _ rule: (APIToken) throws -> (token: APIToken, event: AuditEvent)?
    ) throws(StoreError) -> APIToken?
}

/// A choice of API tokens. All that is set must hold.
public struct APITokenFilter: Sendable, Equatable {
    /// The token's identifier.
    public var id: Identifier<APIToken>?
    /// The hash of the token.
    public var tokenHash: TokenHash?
    /// The account of the tokens.
    public var account: Identifier<Account>?
    /// The organization in which the tokens act.
    public var organization: Identifier<Organization>?
    /// Only tokens that still count at this moment, and have all roles of an account that is more than a member, for
    /// lack of a ceiling.
    public var powerfulAt: Timestamp?

    /// Makes a filter; by default all tokens fit it.
    public init(
        id: Identifier<APIToken>? = nil, tokenHash: TokenHash? = nil, account: Identifier<Account>? = nil,
        organization: Identifier<Organization>? = nil, powerfulAt: Timestamp? = nil
    ) {
        self.id = id
        self.tokenHash = tokenHash
        self.account = account
        self.organization = organization
        self.powerfulAt = powerfulAt
    }
}
