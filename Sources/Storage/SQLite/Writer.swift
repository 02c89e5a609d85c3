import GRDB
import Synchronization

/// The one connection of this process that writes, opened when it is first needed, and again where the database was put
/// back after it was gone.
final class WriterConnection: Sendable {
    /// For how long a commit shows that the database can be written.
    private static let proof = Duration.seconds(1)

    private let files: DatabaseFiles
    private let principals: PrincipalCache
    private let connection = Mutex<DatabaseFiles.Connection?>(nil)
    private let lastCommit = Mutex<ContinuousClock.Instant?>(nil)

    /// - Parameter principals: what is kept, and has to know of each commit that keeps it good.
    init(_ files: DatabaseFiles, principals: PrincipalCache) {
        self.files = files
        self.principals = principals
    }

    /// Whether something was committed just now.
    var hasJustCommitted: Bool {
        lastCommit.withLock { $0.map { ContinuousClock.now - $0 < Self.proof } ?? false }
    }

    /// Runs a transaction that takes the lock at once. When it returns, what was written is on disk, in the file that
    /// the database's path leads to.
    ///
    /// - Parameter changesPrincipals: whether it may change or remove anything that a `Principal` is read from.
    func transaction(
        changesPrincipals: Bool, _ body: (Database) throws -> Database.TransactionCompletion
    ) throws {
        let connection = try currentConnection()
        try connection.queue.writeWithoutTransaction { db in
            try files.checkLog(db)
            var completion = Database.TransactionCompletion.rollback
            var commit: OwnCommit?
            try db.inTransaction(.immediate) {
                if !changesPrincipals { commit = try OwnCommit(db, of: connection.file) }
                completion = try body(db)
                try files.check(connection)
                return completion
            }
            if completion == .commit {
                // It is on disk, whatever happens here. What cannot be told is taken for another's commit.
                if let ends = try? commit?.ends(db) { principals.advance(from: ends.before, to: ends.after) }
                files.noteLog()
                lastCommit.withLock { $0 = .now }
            }
        }
    }

    /// Copies all of the -wal file into the database, and empties it: what was deleted or replaced is in neither then.
    ///
    /// - Parameter patience: how long those who read or write are waited for, in milliseconds.
    /// - Returns: `false` where one of them held it up.
    func emptyLog(patience: Int) throws -> Bool {
        let connection = try currentConnection()
        return try connection.queue.writeWithoutTransaction { db in
            try files.checkLog(db)
            let usual = try Int.fetchOne(db, sql: "PRAGMA busy_timeout") ?? 0
            try db.execute(sql: "PRAGMA busy_timeout = \(patience)")
            defer {
                // It can't fail: it reads and writes nothing.
                try? db.execute(sql: "PRAGMA busy_timeout = \(usual)")
                files.noteLog()
            }
            return try Bool.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)") == false
        }
    }

    private func currentConnection() throws -> DatabaseFiles.Connection {
        try connection.withLock { connection in
            if let connection, files.isCurrent(connection) { return connection }
            let opened = try files.open(readonly: false)
            connection = opened
            return opened
        }
    }
}
