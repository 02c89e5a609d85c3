public import Cryptography

/// The operations of the domain, with what they need. Those that belong together stand in a file of their own.
public struct AuthenticationService: Sendable {
    /// Where accounts are kept.
    public let store: any IdentityStore
    /// What hashes passwords.
    public let hasher: PasswordHasher
    /// The line in which lists are read.
    public let lists: ListQueue
    /// The rules for new passwords.
    public var passwordPolicy: PasswordPolicy
    /// How many attempts are let through; `nil` for all.
    public var throttle: ThrottlePolicy?
    /// How long a session lasts, in seconds.
    public var sessionLifetime: Int64
    /// After how many seconds without use a session ends.
    public var sessionIdleTimeout: Int64
    /// How long a new API token may be valid, in seconds; `nil` for as long as its maker wants.
    public var apiTokenMaximumLifetime: Int64?
    let clock: WallClock
    let random: any RandomSource
    let registrationsInFlight = RegistrationsInFlight()
    let attemptsUnderWay = AttemptsUnderWay()
    let credentialUse = CredentialUse()
    let fullRefusalCounters = FullRefusalCounters()
    let uncheckableHashes = UncheckableHashes()
    let unknownClientWarnings = UnknownClientWarnings()
    let clockWatch: ClockWatch

    /// Makes the service.
    ///
    /// - Parameters:
    ///   - throttle: how many attempts are let through; `nil` for all, which is for measuring only.
    ///   - sessionLifetime: how long a session lasts, in seconds.
    ///   - sessionIdleTimeout: after how many seconds without use it ends; at least five minutes, since the moment of the
    ///     last use is kept to about two.
    ///   - apiTokenMaximumLifetime: how long a new API token may be valid, in seconds; `nil` for as long as its maker wants.
    ///   - clock: what time it is.
    ///   - random: where identifiers and tokens come from.
    public init(
        store: any IdentityStore, hasher: PasswordHasher, lists: ListQueue = ListQueue(),
        passwordPolicy: PasswordPolicy = PasswordPolicy(),
        throttle: ThrottlePolicy? = ThrottlePolicy(), sessionLifetime: Int64, sessionIdleTimeout: Int64,
        apiTokenMaximumLifetime: Int64? = nil, clock: WallClock = .system,
        random: any RandomSource = OpenSSLRandomSource()
    ) {
        self.store = store
        self.hasher = hasher
        self.lists = lists
        self.passwordPolicy = passwordPolicy
        self.throttle = throttle
        self.sessionLifetime = sessionLifetime
        self.sessionIdleTimeout = sessionIdleTimeout
        self.apiTokenMaximumLifetime = apiTokenMaximumLifetime
        self.clock = clock
        self.random = random
        clockWatch = ClockWatch(clock)
    }
}
