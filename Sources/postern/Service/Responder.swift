import AuthAPI
import Cryptography
import FastCGI
import Glibc
import Identity
import Logging
import Storage
import System

/// The FastCGI responder, from its start to its end.
///
/// ```swift
/// try Responder().run()
/// ```
struct Responder {
    /// True to take over the Unix socket from the process that serves on it.
    var takesOver = false
    /// The user, and the group in place of the user's own, to become when started as root.
    var user: String?
    var group: String?

    /// Serves until `SIGTERM` or `SIGINT`.
    ///
    /// - Throws: `CommandFailure.Code.temporary` if requests were left without an answer, and every error of the start.
    func run() throws {
        // Before any thread is started, so that every thread has the signals blocked.
        let signals = Signals()
        let environment = ProgramEnvironment.process
        let settings = try Settings(environment: environment.variables, requiresKeys: true)
        // Only this may need root. Its error waits, so that one of the database is reported first.
        let prepared = Result { try Self.prepareListener(settings, environment) }
        let memoryIsLocked = try giveUpRights()
        let log = try LogOutput(LogFormat(settings.logFormat, environment))
        // Before an error is reported on the same descriptor.
        defer { log.finish() }
        let installation = try Installation(settings, environment, log: log)
        guard try installation.store.isInitialized() else {
            throw CommandFailure(.config, "the database has no organization yet: run `postern init`")
        }
        let listener = try prepared.get()
        // Only a server of its own has a heartbeat; a file is there or not.
        let shared = installation.store as? PostgreSQLStore
        let running = RunningServer(log: log, startedAt: installation.now, store: shared)
        let live = LiveInstallation(installation, metrics: Metrics { running.status })
        let server = try Self.server(live, settings, listener, running)
        running.server = server
        try signals.forEach { meaning in
            switch meaning {
            case .stop: server.stop()
            case .reload: live.reload()
            }
        }
        try listener.publish(takingOver: takesOver)
        try Self.logStart(settings, listener, memoryIsLocked: memoryIsLocked, live.logger)
        try shared?.startHeartbeat()
        let housekeeping = try HousekeepingThread { live.housekeeping }
        let notifier = try ServiceNotifier.start(
            environment: environment.variables, logger: live.logger, isAlive: server.isAlive)
        running.notifier = notifier
        let isDrained = try server.run()
        notifier?.stop()
        // After the last answer, so that the use of its credential is recorded too.
        housekeeping.stop()
        shared?.stopHeartbeat()
        // The log has said why.
        guard isDrained else { throw CommandFailure(.temporary, []) }
        live.logger.notice("stopped")
    }

    /// - Returns: whether the memory is locked, out of reach of the swap space.
    private func giveUpRights() throws -> Bool {
        let memoryIsLocked = ProcessRights.lockMemory()
        if let user { try ProcessRights.become(user: user, group: group) }
        try ProcessRights.dropCapabilities()
        return memoryIsLocked
    }

    private static func prepareListener(_ settings: Settings, _ environment: ProgramEnvironment) throws -> Listener {
        let inherited = Listener.inheritedAddress(environment: environment.variables)
        return try Listener(preparing: inherited ?? settings.listen)
    }

    private static func server(
        _ live: LiveInstallation, _ settings: Settings, _ listener: Listener, _ running: RunningServer
    ) throws -> Server {
        try Server(
            listener: listener, handler: live.handler,
            settings: ServerSettings(
                threads: settings.threads, activeThreads: settings.activeThreads,
                bodyLimit: AuthAPI.Settings.bodyLimit),
            report: { event in
                if event.isStopping { running.notifier?.noteStopping() }
                live.logger.log(level: event.logLevel, "\(event)")
            })
    }

    private static func logStart(
        _ settings: Settings, _ listener: Listener, memoryIsLocked: Bool, _ logger: Logger
    ) throws {
        settings.warn(logger)
        for warning in try settings.database.warnings() {
            logger.warning("files of the database: \(warning)")
        }
        if geteuid() == 0 { logger.warning("running as root: start it as a user of its own, or with --user") }
        logger.notice(
            "serving",
            metadata: [
                "listen": "\(listener.address)", "threads": "\(settings.threads)",
                "password_hash": "\(settings.passwordScheme.scheme.setting)",
                "keys": "\(settings.keys.names)",
                "memory": memoryIsLocked ? "locked" : "may be swapped: RLIMIT_MEMLOCK is not unlimited",
            ])
    }
}

extension ServerEvent {
    /// True if the server is stopping from here on.
    fileprivate var isStopping: Bool {
        if case .draining = self { true } else { false }
    }

    /// The importance of the event to an operator.
    fileprivate var logLevel: Logger.Level {
        switch self {
        case .acceptFailed, .drainTimedOut: .error
        case .peerStalled, .refused: .warning
        case .takenOver: .notice
        case .answerLost, .draining: .info
        }
    }
}
