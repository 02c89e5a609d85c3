import AuthAPI
import Cryptography
import HTTP
import Identity
import Logging
import Storage

/// The parts of an installation, put together from its settings.
///
/// ```swift
/// let installation = try Installation()
/// let account = try installation.account("ann@example.org")
/// ```
struct Installation {
    let environment: ProgramEnvironment
    let settings: Settings
    let log: LogOutput?
    let logger: Logger
    let store: any IdentityStore
    let service: AuthenticationService

    /// Opens the installation that environment variables describe.
    ///
    /// - Parameter isThorough: see `Settings`.
    init(
        environment: ProgramEnvironment = .process, isThorough: Bool = true
    ) throws(CommandFailure) {
        let settings = try Settings(environment: environment.variables, isThorough: isThorough)
        try self.init(settings, environment)
    }

    /// Opens the installation that settings describe.
    ///
    /// - Parameters:
    ///   - made: the tables to make, if they are missing or older; `nil` to make none.
    ///   - log: the output of the log; `nil` for standard error itself, whose reader may then stall the process.
    init(
        _ settings: Settings, _ environment: ProgramEnvironment = .process, making made: MadeTables? = nil,
        log: LogOutput? = nil
    ) throws(CommandFailure) {
        self.environment = environment
        self.settings = settings
        self.log = log
        let logger = Self.logger(log, settings, environment)
        let isFile = if case .sqlite = settings.database { true } else { false }
        let report = { @Sendable (change: String) in
            if isFile {
                logger.warning("files of the database: \(change)")
            } else {
                logger.warning("database server: \(change)")
            }
        }
        self.logger = logger
        do throws(StoreError) {
            store =
                if let made {
                    try settings.database.create(made, number: environment.number, report: report)
                } else {
                    try settings.database.open(
                        // Only a responder has a log of its own.
                        workers: settings.workers, isServing: log != nil, number: environment.number, report: report)
                }
        } catch {
            throw CommandFailure(error)
        }
        var service = AuthenticationService(
            store: store,
            hasher: PasswordHasher(
                choice: settings.passwordScheme, keys: settings.passwordKeys, concurrency: settings.hashSlots,
                queueLength: settings.hashQueue, random: environment.random),
            lists: ListQueue(concurrency: settings.listSlots),
            passwordPolicy: settings.passwordPolicy, throttle: settings.throttle,
            sessionLifetime: settings.sessionLifetime, sessionIdleTimeout: settings.sessionIdleTimeout,
            apiTokenMaximumLifetime: settings.tokenMaximumLifetime, keyring: settings.keys.keyring,
            clock: environment.clock, random: environment.random)
        settings.apply(to: &service)
        self.service = service
    }

    /// The same installation with the settings of a reload.
    init(_ other: Installation, with settings: Settings) {
        environment = other.environment
        self.settings = settings
        log = other.log
        logger = Self.logger(log, settings, environment)
        store = other.store
        // A copy, so that both share the attempts, hashes and uses of credentials that are under way.
        var service = other.service
        service.passwordPolicy = settings.passwordPolicy
        service.throttle = settings.throttle
        service.sessionLifetime = settings.sessionLifetime
        service.sessionIdleTimeout = settings.sessionIdleTimeout
        service.apiTokenMaximumLifetime = settings.tokenMaximumLifetime
        service.keyring = settings.keys.keyring
        settings.apply(to: &service)
        self.service = service
    }

    /// The time.
    var now: Timestamp { environment.clock.now() }

    /// The HTTP API on this installation.
    ///
    /// - Parameter metrics: the counters of answers; `nil` for a process that answers one request.
    func api(metrics: Metrics? = nil) -> AuthAPI {
        AuthAPI(
            service: service,
            settings: AuthAPI.Settings(
                basePath: settings.basePath, publicURL: settings.publicURL, publicLogin: settings.publicLogin,
                cookie: .session(isSecure: !settings.insecureCookie, maxAge: settings.sessionLifetime)),
            logger: logger, metrics: metrics, requestIDs: environment.requestIDs)
    }

    /// The work beside answering requests.
    ///
    /// - Parameter metrics: the counters of store errors; `nil` for a process that nobody monitors.
    func housekeeping(metrics: Metrics? = nil) -> Housekeeping {
        Housekeeping(service: service, auditRetention: settings.auditRetention, logger: logger, metrics: metrics)
    }

    private static func logger(_ log: LogOutput?, _ settings: Settings, _ environment: ProgramEnvironment) -> Logger {
        // Standard error is the log that systemd, containers and web servers collect.
        var logger = Logger(label: "postern") { _ in
            log?.handler ?? .standardError(LogFormat(settings.logFormat, environment))
        }
        logger.logLevel = settings.logLevel
        return logger
    }
}

extension Settings {
    /// Gives a service the settings of second factors and freshness.
    fileprivate func apply(to service: inout AuthenticationService) {
        service.secondFactorPolicy = secondFactorPolicy
        service.freshness = freshness
        service.deviceTrust = deviceTrust
        service.relyingParty = publicURL.flatMap {
            WebAuthn.RelyingParty(origin: $0.description)
        }
    }
}
