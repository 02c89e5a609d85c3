public import AuthAPI
public import Cryptography
import Foundation
import HTTP
import HTTPTypes
public import Identity
public import InMemoryLogging
import Logging
import Synchronization

/// An installation in a temporary folder: a real database, a clock that stands still, random bytes from a seed, and the
/// API, without a socket or a process.
public final class TestInstallation: Sendable {
    public let folder: TemporaryFolder
    public let clock: ManualClock
    public let store: any IdentityStore
    public let service: AuthenticationService
    public let logs = InMemoryLogHandler()
    public let organization: Organization
    public let owner: Account
    /// An API token of the owner with the scope `admin`.
    public let adminToken: String
    private let publicLogin: Bool
    private let metrics: Metrics?

    public static let ownerEmail = "owner@example.test"
    public static let ownerPassword = "a fine owner's passphrase"
    /// The account of the reference.
    public static let sasha = "sasha@auroralabs.com"

    /// So cheap that a thousand are nothing: for all that is not about hashing.
    public static let cheapScheme = PasswordScheme(setting: "scrypt:ln=4,r=8,p=1")!

    public init(
        publicLogin: Bool = false, scheme: PasswordScheme = cheapScheme, slots: Int = 2, lineLength: Int = 256,
        lists: ListQueue = ListQueue(), random: any RandomSource = OpenSSLRandomSource(),
        throttle: ThrottlePolicy? = nil, inMemory: Bool = false, apiTokenMaximumLifetime: Int64? = nil,
        metrics: Metrics? = nil, passwordPolicy: PasswordPolicy = PasswordPolicy(), keys: PasswordKeys = .none,
        keyring: Keyring? = nil, hasKeys: Bool = true, publicURL: String? = "https://auth.example.test",
        deviceTrust: Int64? = nil, configure: (inout AuthenticationService) -> Void = { _ in }
    ) throws {
        self.publicLogin = publicLogin
        self.metrics = metrics
        folder = try TemporaryFolder(inMemory: inMemory)
        let clock = ManualClock()
        self.clock = clock
        store = try StoreMaker.current.store(in: folder)
        var service = AuthenticationService(
            store: store,
            hasher: PasswordHasher(
                choice: .named(scheme), keys: keys, concurrency: slots, queueLength: lineLength, random: random),
            lists: lists, passwordPolicy: passwordPolicy, throttle: throttle, sessionLifetime: 3600,
            sessionIdleTimeout: 1800, apiTokenMaximumLifetime: apiTokenMaximumLifetime,
            keyring: try keyring ?? (hasKeys ? Self.newKeyring() : nil),
            clock: WallClock(now: { clock.now }, uptime: { clock.uptime }))
        service.relyingParty = publicURL.flatMap { WebAuthn.RelyingParty(origin: $0) }
        service.deviceTrust = deviceTrust
        configure(&service)
        self.service = service
        let form = try RegistrationForm(
            email: EmailAddress(Self.ownerEmail), password: Password(utf8: Array(Self.ownerPassword.utf8)),
            roles: [.appOwner], policy: PasswordPolicy())
        (organization, owner) = try service.initialize(organizationName: "Example", slug: "example", owner: form)
        adminToken = try service.createAPIToken(
            APITokenForm(name: "test", scopes: [.admin]), for: Self.ownerEmail, in: nil
        ).token.text
    }

    /// A key file of one key.
    public static func newKeyring() throws -> Keyring {
        Keyring(KeyFile(try KeyFile.Key(createdAt: 0, random: OpenSSLRandomSource())))
    }

    private let requestIDs = RequestIDs(seed: 1)

    public var api: AuthAPI {
        AuthAPI(
            service: service,
            settings: AuthAPI.Settings(publicLogin: publicLogin, cookie: .session(maxAge: 3600)),
            logger: logger, metrics: metrics, requestIDs: requestIDs)
    }

    private var logger: Logger {
        var logger = Logger(label: "test") { _ in logs }
        logger.logLevel = .trace
        return logger
    }

    /// An API token for an account.
    public func token(
        of email: String = ownerEmail, scopes: [Scope], ceiling: Role? = nil, validUntil: Timestamp? = nil,
        in organization: String? = nil
    ) throws -> String {
        let form = try APITokenForm(
            name: "t", scopes: scopes, roleCeiling: ceiling, validUntil: validUntil)
        return try service.createAPIToken(form, for: email, in: organization).token.text
    }

    /// Adds an account past the API.
    @discardableResult
    public func addAccount(
        _ email: String, password: String = "correct horse battery", roles: [String]? = nil,
        in slug: String = "example"
    ) throws -> Account {
        try service.createAccount(
            RegistrationForm(
                email: EmailAddress(email), password: Password(utf8: Array(password.utf8)),
                roles: (roles ?? []).compactMap { Role(rawValue: $0) }, policy: PasswordPolicy()),
            in: slug)
    }

    /// Adds another organization.
    public func addOrganization(slug: String) throws -> Organization {
        try service.createOrganization(name: slug, slug: slug)
    }

    /// A connection to the database past the store.
    public func connection() throws -> any TestConnection { try StoreMaker.current.connection(in: folder) }

    /// Changes the database as another process would.
    public func execute(_ sql: String, _ values: [any CustomStringConvertible] = []) throws {
        try connection().execute(sql, values)
    }
}

/// A clock that a test sets.
public final class ManualClock: Sendable {
    private let seconds = Mutex<Int64>(1_770_559_965)
    private let elapsed = Mutex<Int64>(0)

    public init() {}

    /// Now: at first 2026-02-08T14:12:45Z, the moment of the reference.
    public var now: Timestamp { Timestamp(secondsSince1970: seconds.withLock { $0 }) }

    /// The time that has passed, which setting the clock does not change.
    public var uptime: Duration { .seconds(elapsed.withLock { $0 }) }

    /// Lets time pass.
    public func advance(by step: Int64) {
        seconds.withLock { $0 += step }
        elapsed.withLock { $0 += step }
    }

    /// Sets the clock ahead or, by a negative step, back, without any time passing.
    public func set(by step: Int64) {
        seconds.withLock { $0 += step }
    }
}
