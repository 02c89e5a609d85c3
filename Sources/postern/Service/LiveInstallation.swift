import AuthAPI
import FoundationEssentials
import Gateway
import Identity
import Logging
import Synchronization

/// The installation that a responder serves, whose settings can be read again while it does.
final class LiveInstallation: Sendable {
    /// What answers requests, always by the settings that were read last.
    let handler: ReplaceableHandler

    /// The settings of the start, which still hold where only a restart could change them.
    private let atStart: Settings
    private let current: Mutex<Installation>
    private let metrics: Metrics

    /// - Parameter metrics: where is counted what is answered, whatever the settings are.
    init(_ installation: Installation, metrics: Metrics) {
        self.metrics = metrics
        handler = ReplaceableHandler(installation.api(metrics: metrics))
        atStart = installation.settings
        current = Mutex(installation)
    }

    /// The log, at the level that was read last.
    var logger: Logger { current.withLock { $0.logger } }

    /// What is to be done beside answering requests, by the settings that were read last.
    var housekeeping: Housekeeping { current.withLock { $0.housekeeping(metrics: metrics) } }

    /// Reads the settings again, and has requests that come from now on answered by them. Where anything is wrong with
    /// them, all stays as it was, and the log says what is wrong.
    func reload() {
        do throws(CommandFailure) {
            let settings = try Settings(environment: ProcessInfo.processInfo.environment)
            let before = current.withLock { installation in
                defer { installation = Installation(installation, with: settings) }
                return installation.settings
            }
            handler.replace(with: current.withLock { $0.api(metrics: metrics) })
            report(from: before, to: settings)
        } catch {
            for line in error.lines { logger.error("not reloaded: \(line)") }
        }
    }

    private func report(from before: Settings, to after: Settings) {
        func changed(since earlier: Settings, _ isMeant: (Setting) -> Bool) -> String {
            Setting.allCases.filter { isMeant($0) && earlier.texts[$0] != after.texts[$0] }.map(\.rawValue)
                .joined(separator: " ")
        }
        let taken = changed(since: before) { Setting.reloadable.contains($0) }
        logger.notice("reloaded", metadata: ["changed": "\(taken.isEmpty ? "nothing" : taken)"])
        let waiting = changed(since: atStart) { !Setting.reloadable.contains($0) }
        if !waiting.isEmpty { logger.warning("a restart is needed", metadata: ["changed": "\(waiting)"]) }
        after.warn(logger)
    }
}

extension Installation {
    /// The same installation with other settings, as far as they can be changed while it is in use.
    init(_ other: Installation, with settings: Settings) {
        self.settings = settings
        log = other.log
        logger = Self.logger(log, level: settings.logLevel)
        store = other.store
        // A copy, so that what the other has under way is seen by both.
        var service = other.service
        service.passwordPolicy = settings.passwordPolicy
        service.throttle = settings.throttle
        service.sessionLifetime = settings.sessionLifetime
        service.sessionIdleTimeout = settings.sessionIdleTimeout
        service.apiTokenMaximumLifetime = settings.tokenMaximumLifetime
        self.service = service
    }
}

extension Settings {
    /// Writes a line for each setting that is for development only, and for what was found while reading.
    func warn(_ logger: Logger) {
        for warning in warnings { logger.warning("settings: \(warning)") }
        if insecureCookie {
            logger.warning("POSTERN_INSECURE_COOKIE is set: sessions can be read on the network; for development only")
        }
        if throttle == nil {
            logger.warning("POSTERN_THROTTLE is off: passwords can be guessed without a limit; for measuring only")
        }
    }
}
