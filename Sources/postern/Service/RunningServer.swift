import AuthAPI
import FastCGI
import HTTP
import Identity
import Storage
import Synchronization

/// The parts of a running responder that report on it, set as they come to be: the API and the event log are made
/// before the server and the notifier, and ask for them here.
final class RunningServer: Sendable {
    private let log: LogOutput
    private let startedAt: Timestamp
    /// `nil` if the database is a file.
    private let store: PostgreSQLStore?
    private let parts = Mutex((server: Server?.none, notifier: ServiceNotifier?.none))

    init(log: LogOutput, startedAt: Timestamp, store: PostgreSQLStore?) {
        self.log = log
        self.startedAt = startedAt
        self.store = store
    }

    var server: Server? {
        get { parts.withLock { $0.server } }
        set { parts.withLock { $0.server = newValue } }
    }

    /// The thread that informs a service manager; `nil` if there is no manager.
    var notifier: ServiceNotifier? {
        get { parts.withLock { $0.notifier } }
        set { parts.withLock { $0.notifier = newValue } }
    }

    /// The figures of the process at this moment.
    var status: ServingStatus {
        ServingStatus(
            version: Postern.version, startedAt: startedAt, server: server?.status,
            process: .current, logLinesLost: log.linesLost, database: store.map { .init($0.figures) })
    }
}
