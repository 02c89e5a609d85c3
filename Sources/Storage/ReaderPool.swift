import Dispatch
import GRDB
import Synchronization

/// Read-only connections, each used by one thread at a time, opened when they are first needed.
final class ReaderPool: Sendable {
    private let path: String
    private let configuration: Configuration
    private let idle = Mutex<[DatabaseQueue]>([])
    private let permits: DispatchSemaphore

    /// - Parameter size: how many connections there are at most; who finds none free waits.
    init(path: String, configuration: Configuration, size: Int) {
        self.path = path
        self.configuration = configuration
        self.permits = DispatchSemaphore(value: size)
    }

    /// Lends a connection. One statement sees one state of the database; several may see several.
    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        permits.wait()
        defer { permits.signal() }
        let connection = try idle.withLock { $0.popLast() } ?? DatabaseQueue(path: path, configuration: configuration)
        defer { idle.withLock { $0.append(connection) } }
        return try connection.unsafeRead(body)
    }
}
