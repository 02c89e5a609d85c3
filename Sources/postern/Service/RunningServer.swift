import AuthAPI
import FastCGI
import Identity
import Synchronization

/// The server once it is there: what answers requests has to tell about it, and is made before it.
final class RunningServer: Sendable {
    private let log: LogOutput
    private let startedAt = WallClock.system.now()
    private let parts = Mutex((server: Server?.none, notifier: ServiceNotifier?.none))

    /// - Parameter log: where it logs.
    init(log: LogOutput) { self.log = log }

    var server: Server? {
        get { parts.withLock { $0.server } }
        set { parts.withLock { $0.server = newValue } }
    }

    /// What tells a service manager about it; `nil` where there is none.
    var notifier: ServiceNotifier? {
        get { parts.withLock { $0.notifier } }
        set { parts.withLock { $0.notifier = newValue } }
    }

    /// What the process is doing now.
    var status: ServingStatus {
        ServingStatus(
            version: Postern.version, startedAt: startedAt, server: server.map { ServingStatus.Server($0.status) },
            process: .current, logLinesLost: log.linesLost)
    }
}

extension ServingStatus.Server {
    fileprivate init(_ status: ServerStatus) {
        self.init(
            threads: status.threads, inHand: status.inHand, idle: status.idle, incomplete: status.incomplete,
            accepted: status.accepted)
    }
}
