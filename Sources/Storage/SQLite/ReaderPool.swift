import Dispatch
import GRDB
import Synchronization

/// Read-only connections, each used by one thread at a time, opened when they are first needed, and again where the
/// database was put back after it was gone.
final class ReaderPool: Sendable {
    /// A connection, and what is prepared on it.
    struct Reader {
        let connection: DatabaseFiles.Connection
        let credentials: CredentialLookup

        fileprivate init(_ connection: DatabaseFiles.Connection, _ principals: PrincipalCache) throws {
            self.connection = connection
            credentials = try CredentialLookup(connection, cache: principals)
        }
    }

    /// A place for one reader.
    @safe private final class Slot: Sendable {
        private let isTaken = Atomic(false)
        // Touched by one thread at a time: the one that set `isTaken`, until it takes that back.
        private nonisolated(unsafe) var reader: Reader?

        /// Lends the reader, where nobody has it.
        ///
        /// - Returns: whether nobody had it.
        func lend(_ body: (inout Reader?) throws -> Void) rethrows -> Bool {
            guard !isTaken.exchange(true, ordering: .acquiring) else { return false }
            defer { isTaken.store(false, ordering: .releasing) }
            try unsafe body(&reader)
            return true
        }
    }

    private let files: DatabaseFiles
    let principals: PrincipalCache
    private let slots: [Slot]
    private let permits: DispatchSemaphore

    /// - Parameters:
    ///   - principals: what all connections know together.
    ///   - size: how many connections there are at most; who finds none free waits.
    init(_ files: DatabaseFiles, principals: PrincipalCache, size: Int) {
        self.files = files
        self.principals = principals
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
        if let reader, files.isCurrent(reader.connection) { return reader }
        let opened = try Reader(try files.open(readonly: true), principals)
        reader = opened
        return opened
    }
}
