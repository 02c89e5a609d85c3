import ArgumentParser
import AuthAPI
import Cryptography
import FastCGI
import FoundationEssentials
import Gateway
import Glibc
import Identity
import Logging
import Storage
import System

/// `postern serve`
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answer requests as FastCGI responder, until SIGTERM or SIGINT.",
        discussion: """
            It listens on a socket that was handed to it (descriptor 0, or LISTEN_FDS of systemd), else where \
            POSTERN_LISTEN says. On SIGTERM or SIGINT it answers the requests in hand and ends with 0. On SIGHUP it \
            reads the settings again; the log tells which of those that have changed need a restart.
            """)

    @Flag(
        help: "Take the Unix socket over from the process that answers there, which then ends without losing a request."
    )
    var takeOver = false

    @Option(help: "Started as root: become this user once the socket is made.")
    var user: String?

    @Option(help: "The group to take with --user, instead of the user's own.")
    var group: String?

    func validate() throws {
        if group != nil && user == nil { throw ValidationError("--group needs --user") }
    }

    func run() throws {
        // Before any thread is started, so that each of them has the signals blocked.
        let signals = Signals()
        let settings = try Settings(environment: ProcessInfo.processInfo.environment)
        // Root may be needed for this, and for nothing else. What is wrong with the database is told first.
        let prepared = Result { () throws(CommandFailure) in try prepareListener(settings) }
        let memoryIsLocked = try giveUpRights()
        let log = try CommandFailure.wrapping { try LogOutput() }
        // Before what went wrong is told beside it.
        defer { log.finish() }
        let installation = try Installation(settings, log: log)
        try requireInitialized(installation)
        let listener = try prepared.get()
        let running = RunningServer(log: log)
        let live = LiveInstallation(installation, metrics: Metrics { running.status })
        let server = try server(live, settings, listener, running)
        running.server = server
        try signals.forEach { meaning in
            switch meaning {
            case .stop: server.stop()
            case .reload: live.reload()
            }
        }
        try CommandFailure.wrapping { try listener.publish(takingOver: takeOver) }
        settings.warn(live.logger)
        for warning in try CommandFailure.wrapping({ try SQLiteStore.warnings(about: settings.database) }) {
            live.logger.warning("files of the database: \(warning)")
        }
        if geteuid() == 0 { live.logger.warning("running as root: start it as a user of its own, or with --user") }
        live.logger.notice(
            "serving",
            metadata: [
                "listen": "\(listener.address)", "threads": "\(settings.threads)",
                "password_hash": "\(settings.passwordScheme.setting)",
                "memory": memoryIsLocked ? "locked" : "may be swapped: RLIMIT_MEMLOCK is not unlimited",
            ])
        let housekeeping = try HousekeepingThread { live.housekeeping }
        let notifier = try ServiceNotifier.start(
            environment: ProcessInfo.processInfo.environment, logger: live.logger, isAlive: server.isAlive)
        running.notifier = notifier
        let isDrained = try server.run()
        notifier?.stop()
        // After the last answer, so that the use of its credential is written too.
        housekeeping.stop()
        guard isDrained else { throw ExitCode(CommandFailure.Code.temporary.rawValue) }
        live.logger.notice("stopped")
    }

    /// - Returns: whether memory stays out of the swap space.
    private func giveUpRights() throws(CommandFailure) -> Bool {
        try CommandFailure.wrapping {
            let memoryIsLocked = ProcessRights.lockMemory()
            if let user { try ProcessRights.become(user: user, group: group) }
            try ProcessRights.dropCapabilities()
            return memoryIsLocked
        }
    }

    private func requireInitialized(_ installation: Installation) throws(CommandFailure) {
        guard try CommandFailure.wrapping({ try installation.store.isInitialized() }) else {
            throw CommandFailure(.config, "the database has no organization yet: run `postern init`")
        }
    }

    private func prepareListener(_ settings: Settings) throws(CommandFailure) -> Listener {
        let inherited = Listener.inheritedAddress(environment: ProcessInfo.processInfo.environment)
        do throws(ListenerError) {
            return try Listener(preparing: inherited ?? settings.listen)
        } catch {
            throw CommandFailure(error)
        }
    }

    private func server(
        _ live: LiveInstallation, _ settings: Settings, _ listener: Listener, _ running: RunningServer
    ) throws(CommandFailure) -> Server {
        do {
            return try Server(
                listener: listener, handler: live.handler,
                settings: ServerSettings(
                    threads: settings.threads, activeThreads: settings.activeThreads,
                    bodyLimit: AuthAPI.Settings.bodyLimit),
                report: { event in
                    if event.isStopping { running.notifier?.noteStopping() }
                    live.logger.log(level: event.logLevel, "\(event)")
                })
        } catch {
            throw CommandFailure(.software, "\(error)")
        }
    }
}

extension ServerEvent {
    /// Whether the server stops from here on.
    fileprivate var isStopping: Bool {
        if case .draining = self { true } else { false }
    }

    /// How much an operator should care.
    fileprivate var logLevel: Logger.Level {
        switch self {
        case .acceptFailed, .drainTimedOut: .error
        case .peerStalled, .refused: .warning
        case .takenOver: .notice
        case .answerLost, .draining: .info
        }
    }
}
