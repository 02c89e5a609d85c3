import Dispatch
import Synchronization

/// Read-only connections, each used by one thread at a time, opened when they are first needed, and again if the
/// database was put back after it was gone.
final class ReaderPool: Sendable {
    /// A connection, and its view of the last commit.
    struct Reader {
        let opened: DatabaseFiles.Opened
        let transaction: SQLiteTransaction
        let index: WALIndex?

        /// - Throws: `SQLiteError`.
        init(_ opened: DatabaseFiles.Opened) throws {
            self.opened = opened
            transaction = SQLiteTransaction(opened.connection)
            // A connection has no wal-index before it has read something.
            _ = try opened.connection.first("PRAGMA application_id") { $0.integer(0) }
            index = WALIndex(opened)
        }
    }

    /// A place for one reader.
    @safe private final class Slot: Sendable {
        private let isTaken = Atomic(false)
        // Touched by one thread at a time: the one that set `isTaken`, until it takes that back.
        private nonisolated(unsafe) var reader: Reader?

        /// Lends the reader, unless another thread has it.
        ///
        /// - Returns: whether the reader was free.
        func lend(_ body: (inout Reader?) throws -> Void) rethrows -> Bool {
            guard !isTaken.exchange(true, ordering: .acquiring) else { return false }
            defer { isTaken.store(false, ordering: .releasing) }
            // A transaction that could not be ended would show its state of the database to all who read after it.
            defer { if unsafe reader?.opened.connection.isInTransaction == true { unsafe reader = nil } }
            try unsafe body(&reader)
            return true
        }
    }

    private let files: DatabaseFiles
    private let slots: [Slot]
    private let permits: DispatchSemaphore

    /// - Parameter size: the most connections; a thread that finds none free waits.
    init(_ files: DatabaseFiles, size: Int) {
        self.files = files
        slots = (0..<size).map { _ in Slot() }
        permits = DispatchSemaphore(value: size)
    }

    /// Lends a reader. One statement sees one state of the database; several may see several.
    func read<Value>(_ body: (Reader) throws -> Value) throws -> Value {
        permits.wait()
        defer { permits.signal() }
        // With a permit there is a free one. No lock is waited for: threads that queue for one which each holds for a
        // moment only wake each other up. The first come first, so that few are ever opened.
        var value: Value?
        while true {
            for slot in slots where try slot.lend({ value = try body(current(&$0)) }) {
                if let value { return value }
            }
        }
    }

    /// The reader of a slot, on the file that is there now.
    private func current(_ reader: inout Reader?) throws -> Reader {
        if let reader, files.isCurrent(reader.opened) { return reader }
        let opened = try Reader(try files.open(readonly: true))
        reader = opened
        return opened
    }
}
