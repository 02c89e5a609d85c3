import GRDB
import Identity
import Synchronization

/// The files of a database, and whether they are still those that were opened.
///
/// Who deletes, moves or replaces a file leaves what has it open with a file that nobody will ever find again. What is
/// written there would be lost, and what is read there may have been revoked.
final class DatabaseFiles: Sendable {
    /// A connection, and the file that it is on.
    struct Connection {
        let queue: DatabaseQueue
        let file: FileSystem.FileID
    }

    private struct Opened {
        let file: FileSystem.FileID
        /// The -wal file that belongs to it.
        let log: FileSystem.FileID?
        /// What that has to hold at least, in bytes.
        var logSize: Int64 = 0
    }

    private let path: String
    private let busyTimeout: Double
    private let opened = Mutex<Opened?>(nil)

    private var log: String { "\(path)-wal" }

    init(path: String, busyTimeout: Double) {
        self.path = path
        self.busyTimeout = busyTimeout
    }

    /// Opens a connection to the database that is there now.
    ///
    /// - Throws: `StoreError` where there is none that can be used.
    func open(readonly: Bool) throws -> Connection {
        guard let file = FileSystem.FileID(path) else {
            throw StoreError(.unavailable, "the database \(path) is gone: put it back, or restore a backup")
        }
        let known = opened.withLock { $0 }
        if let known, known.file != file, let old = known.log, FileSystem.FileID(log) == old {
            throw StoreError(
                .unusable,
                "\(path) was replaced, and \(log) belongs to the old one: stop Postern, remove \(log) and \(path)-shm, and "
                    + "put backups in place with `postern restore` only")
        }
        let queue = try SQLiteStore.connect(path, busyTimeout: busyTimeout, readonly: readonly)
        if known?.file != file {
            try queue.unsafeRead { db in try SQLiteStore.checkVersion(db, path: path) }
        }
        let connection = Connection(queue: queue, file: file)
        try check(connection)
        let log = FileSystem.FileID(log)
        opened.withLock { opened in
            if opened?.file != file { opened = Opened(file: file, log: log) }
        }
        return connection
    }

    /// Whether a connection is on the file that the path leads to.
    func isCurrent(_ connection: Connection) -> Bool { FileSystem.FileID(path) == connection.file }

    /// - Throws: `StoreError.Kind.unavailable` where it is not.
    func check(_ connection: Connection) throws {
        guard isCurrent(connection) else {
            throw StoreError(.unavailable, "the database \(path) was deleted, moved or replaced while it was in use")
        }
    }

    /// Checks that all that was committed is in the files. To be called outside of a transaction.
    ///
    /// - Throws: `StoreError` where the -wal file is not the one that was opened; as SQLite says where it was cut.
    func checkLog(_ db: Database) throws {
        guard let known = opened.withLock({ $0 }), let log = known.log else { return }
        let size = FileSystem.size(self.log)
        let isSame = FileSystem.FileID(self.log) == log
        if isSame, let size, size >= known.logSize { return }
        // Another process may have emptied it. Else this fails where something is missing, and saves what is there.
        try db.execute(sql: "PRAGMA wal_checkpoint(PASSIVE)")
        guard isSame else {
            throw StoreError(
                .unavailable,
                "\(self.log) was deleted or replaced while it was in use: restart all that use the database")
        }
        noteLog()
    }

    /// Remembers how much the -wal file holds after a commit.
    func noteLog() {
        let size = FileSystem.size(log)
        opened.withLock { opened in opened?.logSize = size ?? 0 }
    }
}
