import CSQLite
import Identity
import Synchronization

/// The files of a database, watched for a change of identity.
///
/// A file that is deleted, moved or replaced stays open in the processes that had it open, and nobody will ever find it
/// again: their writes would be lost, and they would read credentials that may have been revoked.
final class DatabaseFiles: Sendable {
    /// A connection, and the file that it is on.
    struct Opened: Sendable {
        let connection: SQLiteConnection
        let file: FileSystem.FileID
    }

    private struct Known {
        let file: FileSystem.FileID
        /// The path of the -wal file that belongs to it, and the file that this was.
        let logPath: String
        var log: FileSystem.FileID?
        /// The least that the -wal file has to hold, in bytes.
        var logSize: Int64 = 0
    }

    /// The path as it was given, from the root folder: a symbolic link in it may be led elsewhere.
    private let name: String
    private let busyTimeout: Double
    private let report: @Sendable (String) -> Void
    private let known = Mutex<Known?>(nil)

    /// - Parameters:
    ///   - path: the database; symbolic links in it are followed.
    ///   - report: is told of each change that the files needed, so that nobody else can read them.
    init(path: String, busyTimeout: Double, report: @escaping @Sendable (String) -> Void = { _ in }) {
        name = FileSystem.absolute(path)
        self.busyTimeout = busyTimeout
        self.report = report
    }

    /// The wait for another's lock.
    var busyMilliseconds: Int32 { Int32(busyTimeout * 1000) }

    /// Opens a connection to the database that is there now.
    ///
    /// - Throws: `StoreError` if there is none that can be used.
    func open(readonly: Bool) throws -> Opened {
        let path = try FileSystem.resolve(name)
        let logPath = "\(path)-wal"
        guard let file = FileSystem.FileID(path) else {
            throw StoreError(
                .unavailable,
                "the database \(FileSystem.naming(name, at: path)) is gone: put it back, or restore a backup")
        }
        let known = self.known.withLock { $0 }
        if let known, known.file != file, let old = known.log, FileSystem.FileID(logPath) == old {
            throw StoreError(
                .unusable,
                "\(path) was replaced, and \(logPath) belongs to the old one: stop Postern, remove \(logPath) and "
                    + "\(path)-shm, and put backups in place with `postern restore` only")
        }
        let found = known?.file != file ? try DatabasePrivacy.exposed(path) : []
        let connection = try connect(path, readonly: readonly, isNew: known?.file != file, exposed: found)
        if known?.file != file { try SQLiteStore.checkVersion(connection, path: path) }
        let opened = Opened(connection: connection, file: file)
        try check(opened)
        let log = FileSystem.FileID(logPath)
        self.known.withLock { known in
            if known?.file != file || known?.log == nil { known = Known(file: file, logPath: logPath, log: log) }
        }
        return opened
    }

    /// Opens a connection, and closes what is exposed of a database that is not known yet.
    private func connect(_ path: String, readonly: Bool, isNew: Bool, exposed: [String]) throws -> SQLiteConnection {
        do {
            let connection = try SQLiteStore.connect(path, busyTimeout: busyTimeout, readonly: readonly)
            guard isNew else { return connection }
            // First of all, so that no other program's file is changed.
            try SQLiteStore.checkOwner(connection, path: path)
            try DatabasePrivacy.enforce(on: path, found: exposed).forEach(report)
            return connection
        } catch let error as SQLiteError where error.primaryCode == SQLITE_CANTOPEN && !exposed.isEmpty {
            // Others can read it, which matters more than that this user can't.
            try DatabasePrivacy.enforce(on: path, found: exposed).forEach(report)
            throw error
        }
    }

    /// Compares the file of a connection with the one that the path leads to.
    func isCurrent(_ opened: Opened) -> Bool { FileSystem.FileID(name) == opened.file }

    /// - Throws: `StoreError.Kind.unavailable` if it is not.
    func check(_ opened: Opened) throws {
        guard isCurrent(opened) else {
            throw StoreError(.unavailable, "the database \(name) was deleted, moved or replaced while it was in use")
        }
    }

    /// Checks that all that was committed is in the files. To be called outside of a transaction.
    ///
    /// - Throws: `StoreError` if the -wal file is not the one that was opened; as SQLite says if it was cut.
    func checkLog(_ db: SQLiteConnection) throws {
        guard let known = self.known.withLock({ $0 }), let log = known.log else { return }
        let size = FileSystem.size(known.logPath)
        let isSame = FileSystem.FileID(known.logPath) == log
        if isSame, let size, size >= known.logSize { return }
        // Another process may have emptied it. Else this fails if something is missing, and saves the rest.
        try db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        guard isSame else {
            throw StoreError(
                .unavailable,
                "\(known.logPath) was deleted or replaced while it was in use: restart all that use the database")
        }
        noteLog()
    }

    /// Forgets the -wal file until the next connection is opened: the writing one is given up, and SQLite deletes the
    /// file with it if nobody reads.
    func forgetLog() { known.withLock { $0?.log = nil } }

    /// Remembers the size of the -wal file after a commit.
    func noteLog() {
        self.known.withLock { known in
            guard let logPath = known?.logPath else { return }
            known?.logSize = FileSystem.size(logPath) ?? 0
        }
    }
}
