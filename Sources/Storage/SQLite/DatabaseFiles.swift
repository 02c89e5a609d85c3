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
        /// The path of the -wal file that belongs to it, and which file that is.
        let logPath: String
        let log: FileSystem.FileID?
        /// What that has to hold at least, in bytes.
        var logSize: Int64 = 0
    }

    /// The path as it was given, from the root folder: where a symbolic link in it leads may change.
    private let name: String
    private let busyTimeout: Double
    private let report: @Sendable (String) -> Void
    private let opened = Mutex<Opened?>(nil)

    /// - Parameters:
    ///   - path: the database; symbolic links in it are followed.
    ///   - report: is told what had to be changed about the files.
    init(path: String, busyTimeout: Double, report: @escaping @Sendable (String) -> Void = { _ in }) {
        name = FileSystem.absolute(path)
        self.busyTimeout = busyTimeout
        self.report = report
    }

    /// Opens a connection to the database that is there now.
    ///
    /// - Throws: `StoreError` where there is none that can be used.
    func open(readonly: Bool) throws -> Connection {
        let path = try FileSystem.resolve(name)
        let logPath = "\(path)-wal"
        guard let file = FileSystem.FileID(path) else {
            throw StoreError(
                .unavailable,
                "the database \(FileSystem.naming(name, at: path)) is gone: put it back, or restore a backup")
        }
        let known = opened.withLock { $0 }
        if let known, known.file != file, let old = known.log, FileSystem.FileID(logPath) == old {
            throw StoreError(
                .unusable,
                "\(path) was replaced, and \(logPath) belongs to the old one: stop Postern, remove \(logPath) and "
                    + "\(path)-shm, and put backups in place with `postern restore` only")
        }
        if known?.file != file { try DatabasePrivacy.enforce(on: path).forEach(report) }
        let queue = try SQLiteStore.connect(path, busyTimeout: busyTimeout, readonly: readonly)
        if known?.file != file {
            try queue.unsafeRead { db in try SQLiteStore.checkVersion(db, path: path) }
        }
        let connection = Connection(queue: queue, file: file)
        try check(connection)
        let log = FileSystem.FileID(logPath)
        opened.withLock { opened in
            if opened?.file != file { opened = Opened(file: file, logPath: logPath, log: log) }
        }
        return connection
    }

    /// Whether a connection is on the file that the path leads to.
    func isCurrent(_ connection: Connection) -> Bool { FileSystem.FileID(name) == connection.file }

    /// - Throws: `StoreError.Kind.unavailable` where it is not.
    func check(_ connection: Connection) throws {
        guard isCurrent(connection) else {
            throw StoreError(.unavailable, "the database \(name) was deleted, moved or replaced while it was in use")
        }
    }

    /// Checks that all that was committed is in the files. To be called outside of a transaction.
    ///
    /// - Throws: `StoreError` where the -wal file is not the one that was opened; as SQLite says where it was cut.
    func checkLog(_ db: Database) throws {
        guard let known = opened.withLock({ $0 }), let log = known.log else { return }
        let size = FileSystem.size(known.logPath)
        let isSame = FileSystem.FileID(known.logPath) == log
        if isSame, let size, size >= known.logSize { return }
        // Another process may have emptied it. Else this fails where something is missing, and saves what is there.
        try db.execute(sql: "PRAGMA wal_checkpoint(PASSIVE)")
        guard isSame else {
            throw StoreError(
                .unavailable,
                "\(known.logPath) was deleted or replaced while it was in use: restart all that use the database")
        }
        noteLog()
    }

    /// Remembers how much the -wal file holds after a commit.
    func noteLog() {
        opened.withLock { opened in
            guard let logPath = opened?.logPath else { return }
            opened?.logSize = FileSystem.size(logPath) ?? 0
        }
    }
}
