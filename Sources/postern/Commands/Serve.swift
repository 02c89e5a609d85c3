import ArgumentParser
import AuthAPI
import Cryptography
import FastCGI
import FoundationEssentials
import Gateway
import Identity
import Logging

/// `postern serve`
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answer requests as FastCGI responder, until SIGTERM or SIGINT.",
        discussion: """
            It listens on a socket that was handed to it (descriptor 0, or LISTEN_FDS of systemd), else where \
            POSTERN_LISTEN says. On SIGTERM or SIGINT it answers the requests in hand and ends with 0.
            """)

    @Flag(
        help: "Take the Unix socket over from the process that answers there, which then ends without losing a request."
    )
    var takeOver = false

    func run() throws {
        // Before any thread is started, so that each of them has the signals blocked.
        let signals = TerminationSignals()
        let installation = try Installation()
        let logger = installation.logger
        try requireInitialized(installation)
        let listener = try listener(installation.settings)
        let server = try server(installation, listener)
        try signals.forEach { _ in server.stop() }
        try CommandFailure.wrapping { try listener.publish(takingOver: takeOver) }
        warn(of: installation.settings, logger)
        logger.notice(
            "serving",
            metadata: [
                "listen": "\(listener.address)", "threads": "\(installation.settings.threads)",
                "password_hash": "\(installation.settings.passwordScheme.setting)",
            ])
        let housekeeping = try HousekeepingThread(installation.housekeeping)
        let isDrained = try server.run()
        // After the last answer, so that the use of its credential is written too.
        housekeeping.stop()
        guard isDrained else { throw ExitCode(CommandFailure.Code.temporary.rawValue) }
        logger.notice("stopped")
    }

    private func requireInitialized(_ installation: Installation) throws(CommandFailure) {
        guard try CommandFailure.wrapping({ try installation.store.isInitialized() }) else {
            throw CommandFailure(.config, "the database has no organization yet: run `postern init`")
        }
    }

    private func listener(_ settings: Settings) throws(CommandFailure) -> Listener {
        let inherited = Listener.inheritedAddress(environment: ProcessInfo.processInfo.environment)
        do throws(ListenerError) {
            return try Listener(preparing: inherited ?? settings.listen)
        } catch {
            throw CommandFailure(error)
        }
    }

    private func server(_ installation: Installation, _ listener: Listener) throws(CommandFailure) -> Server {
        let logger = installation.logger
        do {
            return try Server(
                listener: listener, handler: installation.api,
                settings: ServerSettings(
                    threads: installation.settings.threads, bodyLimit: AuthAPI.Settings.bodyLimit),
                report: { event in logger.log(level: event.logLevel, "\(event)") })
        } catch {
            throw CommandFailure(.software, "\(error)")
        }
    }

    private func warn(of settings: Settings, _ logger: Logger) {
        if settings.insecureCookie {
            logger.warning("POSTERN_INSECURE_COOKIE is set: sessions can be read on the network; for development only")
        }
        if settings.throttle == nil {
            logger.warning("POSTERN_THROTTLE is off: passwords can be guessed without a limit; for measuring only")
        }
    }
}

extension ServerEvent {
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
