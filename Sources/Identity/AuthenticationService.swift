public import Cryptography

/// The operations of the domain and their dependencies. Each subject has its operations in an extension of its own.
///
///     let service = AuthenticationService(
///         store: store, hasher: hasher, sessionLifetime: 30 * 86400, sessionIdleTimeout: 7 * 86400)
///     let login = try service.login(email: "ann@example.com", password: password, by: caller)
///     let principal = try service.authenticate(bearer: login.token.text)
///
/// Operations are synchronous, may block, and may be called from any thread.
public struct AuthenticationService: Sendable {
    /// The store of accounts and all that belongs to them.
    public let store: any IdentityStore
    /// The hasher of passwords.
    public let hasher: PasswordHasher
    /// The queue of list reads.
    public let lists: ListQueue
    /// The rules for new passwords.
    public var passwordPolicy: PasswordPolicy
    /// The limits on attempts; `nil` for none.
    public var throttle: ThrottlePolicy?
    /// The lifetime of a session in seconds.
    public var sessionLifetime: Int64
    /// The seconds without use after which a session ends.
    public var sessionIdleTimeout: Int64
    /// The maximum lifetime of a new API token in seconds; `nil` for no limit.
    public var apiTokenMaximumLifetime: Int64?
    /// The policy on second factors; `nil` for what `init` has written into the store.
    public var secondFactorPolicy: SecondFactorPolicy?
    /// The ages that sessions may have for what needs a recent login.
    public var freshness = FreshnessPolicy()
    /// The seconds for which a browser is trusted after a login with a second factor; `nil` for none.
    public var deviceTrust: Int64?
    /// The party for which passkeys are made; `nil` without an address for browsers, and then there are none.
    public var relyingParty: WebAuthn.RelyingParty?
    /// The keys of the installation; `nil` for none: what needs them is then unavailable, and all else works.
    public var keyring: Keyring? {
        // Other keys may open what these did not.
        didSet { secrets = Secrets(keyring) }
    }
    private(set) var secrets: Secrets
    let clock: WallClock
    let random: any RandomSource
    let registrationsInFlight = RegistrationsInFlight()
    let attemptsUnderWay = AttemptsUnderWay()
    let lastUse = LastUseRecorder()
    let fullRefusalCounters = FullRefusalCounters()
    let uncheckableHashes = UncheckableHashes()
    let unknownClientWarnings = UnknownClientWarnings()
    let clockWatch: ClockWatch
    let assuranceDefaults = KnownAssuranceDefaults()

    /// Creates the service.
    ///
    /// - Parameters:
    ///   - throttle: the limits on attempts; `nil` for none, which is for measurements only.
    ///   - sessionLifetime: the lifetime of a session in seconds.
    ///   - sessionIdleTimeout: the seconds without use after which a session ends; at least 300, since the time of last
    ///     use is stored to within about two minutes.
    ///   - apiTokenMaximumLifetime: the maximum lifetime of a new API token in seconds; `nil` for no limit.
    ///   - keyring: the keys of the installation; `nil` for none.
    ///   - clock: the source of the time.
    ///   - random: the source of identifiers and tokens.
    public init(
        store: any IdentityStore, hasher: PasswordHasher, lists: ListQueue = ListQueue(),
        passwordPolicy: PasswordPolicy = PasswordPolicy(),
        throttle: ThrottlePolicy? = ThrottlePolicy(), sessionLifetime: Int64, sessionIdleTimeout: Int64,
        apiTokenMaximumLifetime: Int64? = nil, keyring: Keyring? = nil, clock: WallClock = .system,
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
        self.keyring = keyring
        secrets = Secrets(keyring)
        self.clock = clock
        self.random = random
        clockWatch = ClockWatch(clock)
    }
}
