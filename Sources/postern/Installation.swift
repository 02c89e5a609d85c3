import AuthAPI
import Cryptography
import FoundationEssentials
import Identity
import Logging
import Storage

/// Everything that a command needs, put together from the settings.
struct Installation {
    let settings: Settings
    let log: LogOutput?
    let logger: Logger
    let store: any IdentityStore
    let service: AuthenticationService

    /// Opens the installation that the process's environment describes.
    ///
    /// - Parameter makesDatabase: whether a missing or older database is made or brought up to date.
    init(makesDatabase: Bool = false) throws(CommandFailure) {
        try self.init(Settings(environment: ProcessInfo.processInfo.environment), makesDatabase: makesDatabase)
    }

    /// Opens the installation that settings describe.
    ///
    /// - Parameter log: where the log goes; `nil` for standard error as it is, which may hold up a process that does
    ///   one thing only.
    init(_ settings: Settings, makesDatabase: Bool = false, log: LogOutput? = nil) throws(CommandFailure) {
        self.settings = settings
        self.log = log
        let logger = Self.logger(log, level: settings.logLevel)
        let report = { @Sendable (change: String) in logger.warning("files of the database: \(change)") }
        self.logger = logger
        store = try CommandFailure.wrapping {
            makesDatabase
                ? try SQLiteStore.create(path: settings.database, report: report)
                : try SQLiteStore(
                    path: settings.database, readers: settings.workers,
                    // The other half is left for what only reads.
                    patientWriters: settings.workers / 2, report: report)
        }
        let random = OpenSSLRandomSource()
        service = AuthenticationService(
            store: store,
            hasher: PasswordHasher(
                scheme: settings.passwordScheme, concurrency: settings.hashSlots, queueLength: settings.hashLine,
                random: random),
            lists: ListQueue(concurrency: settings.listSlots),
            passwordPolicy: settings.passwordPolicy, throttle: settings.throttle,
            sessionLifetime: settings.sessionLifetime, sessionIdleTimeout: settings.sessionIdleTimeout,
            apiTokenMaximumLifetime: settings.tokenMaximumLifetime, random: random)
    }

    /// The HTTP API on this installation.
    ///
    /// - Parameter metrics: where is counted what is answered; `nil` for a process that answers one request only.
    func api(metrics: Metrics? = nil) -> AuthAPI {
        AuthAPI(
            service: service,
            settings: AuthAPI.Settings(
                basePath: settings.basePath, publicLogin: settings.publicLogin,
                cookie: SessionCookie(isSecure: !settings.insecureCookie, maxAge: settings.sessionLifetime)),
            logger: logger, metrics: metrics)
    }

    /// What is to be done beside answering requests.
    ///
    /// - Parameter metrics: where errors of the store are counted; `nil` for a process that nobody watches.
    func housekeeping(metrics: Metrics? = nil) -> Housekeeping {
        Housekeeping(service: service, auditRetention: settings.auditRetention, logger: logger, metrics: metrics)
    }

    /// The log: standard error, where systemd, containers and web servers look for it.
    static func logger(_ log: LogOutput?, level: Logger.Level) -> Logger {
        var logger = Logger(label: "postern") { log?.handler(label: $0) ?? StreamLogHandler.standardError(label: $0) }
        logger.logLevel = level
        return logger
    }
}
