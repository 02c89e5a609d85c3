import AuthAPI
import HTTP
import Identity
import Logging
import Synchronization

/// The installation that a responder serves. Its settings can be reloaded meanwhile.
final class LiveInstallation: Sendable {
    /// The handler of requests, by the settings that were read last.
    let handler: ReplaceableHandler

    /// The settings of the start, which still hold where only a restart changes them.
    private let atStart: Settings
    private let current: Mutex<Installation>
    private let metrics: Metrics

    /// - Parameter metrics: the counters of answers, which outlive a reload.
    init(_ installation: Installation, metrics: Metrics) {
        self.metrics = metrics
        handler = ReplaceableHandler(installation.api(metrics: metrics))
        atStart = installation.settings
        current = Mutex(installation)
    }

    /// The log, at the level that was read last.
    var logger: Logger { current.withLock { $0.logger } }

    /// The work beside answering requests, by the settings that were read last.
    var housekeeping: Housekeeping { current.withLock { $0.housekeeping(metrics: metrics) } }

    /// Reads the settings again; requests that arrive from now on are answered by them. If any is wrong, nothing
    /// changes and the log says why.
    func reload() {
        do throws(CommandFailure) {
            let (variables, keys) = current.withLock { ($0.environment.variables, $0.settings.presentKeys) }
            let settings = try Settings(environment: variables, requiresKeys: true, keeping: keys)
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
        func changes(since earlier: Settings, reloadable: Bool) -> String {
            // The name of a key file stays the same when its keys are others.
            let hasOtherKeys = earlier.keys.ids != after.keys.ids
            return zip(earlier.read, after.read).filter { before, after in
                let isOther = before.text != after.text || after.key == Settings.keyFile.key && hasOtherKeys
                return after.isReloadable == reloadable && isOther
            }.map(\.1.key).joined(separator: " ")
        }
        let taken = changes(since: before, reloadable: true)
        logger.notice(
            "reloaded", metadata: ["changed": "\(taken.isEmpty ? "nothing" : taken)", "keys": "\(after.keys.names)"])
        if case .kept(_, let reason) = after.keys {
            logger.warning("the keys stay as they were until a restart", metadata: ["reason": "\(reason)"])
        }
        let waiting = changes(since: atStart, reloadable: false)
        if !waiting.isEmpty { logger.warning("a restart is needed", metadata: ["changed": "\(waiting)"]) }
        after.warn(logger)
    }
}

extension Settings {
    /// Logs the warnings found while reading, and each setting that is for development only.
    func warn(_ logger: Logger) {
        for warning in warnings { logger.warning("settings: \(warning)") }
        if insecureCookie {
            logger.warning("POSTERN_INSECURE_COOKIE is set: sessions can be read on the network; for development only")
        }
        if throttle == nil {
            logger.warning("POSTERN_THROTTLE is off: passwords can be guessed without a limit; for measurements only")
        }
    }
}
