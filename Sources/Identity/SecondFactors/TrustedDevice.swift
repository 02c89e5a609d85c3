/// A browser that is trusted since a login with a second factor: it stands in for the second step of later ones, and
/// for no factor.
public struct TrustedDevice: Identified, Sendable, Equatable {
    public static let identifierPrefix = "dev_"

    /// The most of one account; the oldest goes for a new one.
    public static let most = 10

    /// The identifier.
    public let id: Identifier<TrustedDevice>
    /// The hash of its token.
    public let tokenHash: TokenHash
    /// The account.
    public let account: Identifier<Account>
    /// The time of the login that made it trusted.
    public let createdAt: Timestamp
    /// The time at which it stood in last; `nil` for never.
    public let lastUsedAt: Timestamp?
    /// The time at which it is trusted no longer.
    public let expiresAt: Timestamp
    /// The client's address at that login; empty if it is unknown.
    public let address: String
    /// The `User-Agent` at that login, cut to 256 characters; empty if there was none.
    public let userAgent: String

    /// Creates a device from its parts.
    public init(
        id: Identifier<TrustedDevice>, tokenHash: TokenHash, account: Identifier<Account>, createdAt: Timestamp,
        lastUsedAt: Timestamp? = nil, expiresAt: Timestamp, address: String, userAgent: String
    ) {
        self.id = id
        self.tokenHash = tokenHash
        self.account = account
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
        self.expiresAt = expiresAt
        self.address = address
        self.userAgent = userAgent
    }
}

extension AuthenticationService {
    /// The trusted devices of an account that are not over, the oldest first.
    ///
    /// - Throws: `.tooManyLists`, `.store`.
    public func trustedDevices(
        of account: Identifier<Account>, _ page: PageRequest, by caller: Caller
    ) throws(AuthenticationError) -> Page<TrustedDevice> {
        let now = clock.now()
        return try readList(for: caller) { store throws(StoreError) in
            try store.trustedDevices(of: account, at: now, page)
        }
    }

    /// Ends the trust in a device of an account.
    ///
    /// - Throws: `.notFound`, `.store`, `.cryptography`.
    public func removeTrustedDevice(
        _ id: Identifier<TrustedDevice>, of account: Identifier<Account>, by caller: Caller
    ) throws(AuthenticationError) {
        let event = try event(.deviceRemoved, by: caller, account: account, target: "\(id)")
        let isRemoved = try withStore { store throws(StoreError) in
            try store.removeTrustedDevice(id, of: account, event: event)
        }
        guard isRemoved else { throw .notFound("a trusted device \(id)") }
    }

    /// The trusted device of a token, if it stands in for the second step of a login to an account now.
    ///
    /// - Parameter text: the token, which may be malformed; `nil` for none.
    func trustedDevice(
        _ text: String?, of account: Identifier<Account>
    ) throws(AuthenticationError) -> (id: Identifier<TrustedDevice>, tokenHash: TokenHash)? {
        guard deviceTrust != nil, let token = text.flatMap({ BearerToken($0) }), token.kind == .device else {
            return nil
        }
        let now = clock.now()
        let id = try withStore { store throws(StoreError) in
            try store.trustedDevice(token.hash, of: account, at: now)
        }
        return id.map { ($0, token.hash) }
    }

    /// A new device of an account, with its token; `nil` if the installation trusts none.
    func newDevice(
        of account: Identifier<Account>, by caller: Caller
    ) throws(AuthenticationError) -> (device: TrustedDevice, token: BearerToken)? {
        guard let deviceTrust else { return nil }
        let (now, token) = (clock.now(), try newToken(.device))
        let device = TrustedDevice(
            id: try newIdentifier(), tokenHash: token.hash, account: account, createdAt: now,
            expiresAt: now + deviceTrust, address: caller.address,
            userAgent: String(caller.userAgent.unicodeScalars.prefix(256)))
        return (device, token)
    }
}
