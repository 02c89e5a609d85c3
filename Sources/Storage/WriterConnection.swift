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

    private func currentConnection() throws -> DatabaseFiles.Connection {
        try connection.withLock { connection in
            if let connection, files.isCurrent(connection) { return connection }
            let opened = try files.open(readonly: false)
            connection = opened
            return opened
        }
    }
}
