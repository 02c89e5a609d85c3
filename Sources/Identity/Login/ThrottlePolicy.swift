/// How many attempts are let through, by what they are.
public struct ThrottlePolicy: Sendable, Equatable {
    /// Failed logins to one account from one address, and wrong passwords where one's own is to be changed.
    public var pair: ThrottleRule
    /// Failed logins from one address.
    public var address: ThrottleRule
    /// Failed logins to one account, from all addresses that did not lately log in to it.
    public var account: ThrottleRule
    /// Registrations from one address, or by one API token that names none.
    public var registration: ThrottleRule
    /// API tokens from one address that are malformed, unknown, expired or revoked.
    public var token: ThrottleRule

    /// For how long an address counts as one that lately logged in, in seconds: 30 days.
    static let familiarity: Int64 = 30 * 86400

    /// Makes a policy.
    public init(
        pair: ThrottleRule = .backoff(tolerated: 5, shortest: 1, longest: 900),
        address: ThrottleRule = .window(limit: 50, seconds: 900),
        account: ThrottleRule = .window(limit: 100, seconds: 3600),
        registration: ThrottleRule = .window(limit: 1000, seconds: 3600),
        token: ThrottleRule = .window(limit: 100, seconds: 900)
    ) {
        self.pair = pair
        self.address = address
        self.account = account
        self.registration = registration
        self.token = token
    }
}
