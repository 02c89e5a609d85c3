/// The limits on attempts.
///
///     let policy = ThrottlePolicy(account: .window(limit: 20, seconds: 3600))
public struct ThrottlePolicy: Sendable, Equatable {
    /// Failed logins to one account from one address, and wrong current passwords in changes of one's own.
    public var pair: ThrottleRule
    /// Failed logins from one address, and failed confirmations of one session by passkeys.
    public var address: ThrottleRule
    /// Failed logins to one account, from all addresses that did not recently log in to it.
    public var account: ThrottleRule
    /// Registrations from one address, or by one API token that names no client.
    public var registration: ThrottleRule
    /// Malformed, unknown, expired or revoked API tokens from one address.
    public var token: ThrottleRule
    /// Wrong codes of second factors for one account, from all networks that did not recently log in to it; each that
    /// did has a counter of its own.
    public var secondFactor: ThrottleRule
    /// Wrong codes of second factors for one account in a day.
    static let secondFactorDay = ThrottleRule.window(limit: 30, seconds: 86400)

    /// The seconds for which an address counts as familiar after a login: 30 days.
    static let familiarity: Int64 = 30 * 86400

    /// Creates a policy.
    public init(
        pair: ThrottleRule = .backoff(tolerated: 5, shortest: 1, longest: 900),
        address: ThrottleRule = .window(limit: 50, seconds: 900),
        account: ThrottleRule = .window(limit: 100, seconds: 3600),
        registration: ThrottleRule = .window(limit: 1000, seconds: 3600),
        token: ThrottleRule = .window(limit: 100, seconds: 900),
        secondFactor: ThrottleRule = .backoff(tolerated: 5, shortest: 1, longest: 900)
    ) {
        self.pair = pair
        self.address = address
        self.account = account
        self.registration = registration
        self.token = token
        self.secondFactor = secondFactor
    }
}
