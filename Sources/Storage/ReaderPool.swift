import Dispatch
import GRDB
import Synchronization

/// Read-only connections, each used by one thread at a time, opened when they are first needed, and again where the
/// database was put back after it was gone.
final class ReaderPool: Sendable {
    /// A connection, and what is prepared on it.
    ///
    /// Safe to hand from thread to thread, though statements are not: it is made, used and dropped only under its slot's
    /// lock, and what `read` lends it to gets no way to keep a statement.
    struct Reader: @unchecked Sendable {
        let connection: DatabaseFiles.Connection
        let credentials: CredentialLookup

        fileprivate init(_ files: DatabaseFiles) throws {
            connection = try files.open(readonly: true)
            credentials = try CredentialLookup(connection.queue)
        }
    }

    /// A place for one reader: who holds the lock has it.
    private final class Slot: Sendable {
        let reader = Mutex<Reader?>(nil)
    }

    private let files: DatabaseFiles
    private let slots: [Slot]
    private let permits: DispatchSemaphore

    /// - Parameter size: how many connections there are at most; who finds none free waits.
    init(_ files: DatabaseFiles, size: Int) {
        self.files = files
        slots = (0..<size).map { _ in Slot() }
        permits = DispatchSemaphore(value: size)
    }

    /// Lends a connection. One statement sees one state of the database; several may see several.
    func read<Value>(_ body: (Reader) throws -> Value) throws -> Value {
        permits.wait()
        defer { permits.signal() }
        // With a permit there is a free one. No lock is waited for: threads that queue for one which each holds for a
        // moment only wake each other up. The first come first, so that few are ever opened.
        var value: Value?
        while true {
            for slot in slots {
                let isDone: Void? = try slot.reader.withLockIfAvailable { reader in
                    value = try body(current(&reader))
                }
                if isDone != nil, let value { return value }
            }
        }
    }

    /// The reader of a slot, on the file that is there now.
    private func current(_ reader: inout Reader?) throws -> Reader {
        if let reader, files.isCurrent(reader.connection) { return reader }
        let opened = try Reader(files)
        reader = opened
        return opened
    }
}
