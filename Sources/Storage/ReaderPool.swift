import Dispatch
import GRDB
import Synchronization

/// Read-only connections, each used by one thread at a time, opened when they are first needed, and again where the
/// database was put back after it was gone.
final class ReaderPool: Sendable {
    private let files: DatabaseFiles
    private let idle = Mutex<[DatabaseFiles.Connection]>([])
    private let permits: DispatchSemaphore

    /// - Parameter size: how many connections there are at most; who finds none free waits.
    init(_ files: DatabaseFiles, size: Int) {
        self.files = files
        self.permits = DispatchSemaphore(value: size)
    }

    /// Lends a connection. One statement sees one state of the database; several may see several.
    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        permits.wait()
        defer { permits.signal() }
        var connection = try idle.withLock { $0.popLast() } ?? files.open(readonly: true)
        defer { idle.withLock { [connection] in $0.append(connection) } }
        if !files.isCurrent(connection) { connection = try files.open(readonly: true) }
        return try connection.queue.unsafeRead(body)
    }
}
