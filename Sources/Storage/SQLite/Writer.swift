import CSQLite
import Identity
import Synchronization

/// The one connection of this process that writes, opened when it is first needed, and again if the database was put
/// back after it was gone.
final class Writer: Sendable {
    /// For how long a commit shows that the database can be written.
    private static let proof = Duration.seconds(1)

    private let files: DatabaseFiles
    private let principals: PrincipalCache
    /// Held for a whole transaction: it is the turn to use the connection.
    private let opened = Mutex<DatabaseFiles.Opened?>(nil)
    private let lastCommit = Mutex<ContinuousClock.Instant?>(nil)
    private let commits = Atomic(0)
    private let nanoseconds = Atomic(0)

    /// - Parameter principals: the cache, which has to know of each commit that keeps it good.
    init(_ files: DatabaseFiles, principals: PrincipalCache) {
        self.files = files
        self.principals = principals
    }

    /// Tells that something was committed just now.
    var hasJustCommitted: Bool {
        lastCommit.withLock { $0.map { ContinuousClock.now - $0 < Self.proof } ?? false }
    }

    /// The commits so far.
    var figures: CommitFigures {
        CommitFigures(
            count: commits.load(ordering: .relaxed), nanoseconds: nanoseconds.load(ordering: .relaxed))
    }

    /// Runs a transaction that takes the lock at once. When it returns, what was written is on disk, in the file that
    /// the database's path leads to.
    func transaction(_ body: (SQLiteTransaction) throws -> Completion<Void>) throws {
        try withConnection { opened in
            let db = opened.connection
            let transaction = SQLiteTransaction(db)
            var own: PrincipalCache.OwnCommit?
            var worked = ContinuousClock.now
            let completion = try db.transaction(immediate: true) {
                own = try PrincipalCache.OwnCommit(opened)
                let completion = try body(transaction)
                try files.check(opened)
                worked = .now
                return completion
            }
            guard completion.isCommit else { return }
            noteCommit(since: worked)
            // It is on disk, whatever happens here.
            if !transaction.changesPrincipals { principals.advance(over: own, db) }
            files.noteLog()
            lastCommit.withLock { $0 = .now }
        }
    }

    private func noteCommit(since start: ContinuousClock.Instant) {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        commits.add(1, ordering: .relaxed)
        nanoseconds.add(Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000), ordering: .relaxed)
    }

    /// Copies all of the -wal file into the database, and empties it: deleted or replaced rows are in neither then.
    ///
    /// - Parameter patience: the wait for those who read or write, in milliseconds.
    /// - Returns: `false` if one of them held it up.
    func emptyLog(patience: Int32) throws -> Bool {
        try withConnection { opened in
            let db = opened.connection
            _ = unsafe sqlite3_busy_timeout(db.handle, patience)
            defer {
                _ = unsafe sqlite3_busy_timeout(db.handle, files.busyMilliseconds)
                files.noteLog()
            }
            return try db.first("PRAGMA wal_checkpoint(TRUNCATE)") { try !$0.flag(0) } ?? false
        }
    }

    /// Lends the connection to the file that is there now, outside of a transaction.
    private func withConnection<Value: Sendable>(_ body: (DatabaseFiles.Opened) throws -> Value) throws -> Value {
        try opened.withLock { kept in
            var opened = kept
            if opened.map({ !files.isCurrent($0) }) ?? true { opened = try files.open(readonly: false) }
            guard let opened else { throw SQLiteError.outOfMemory }
            kept = opened
            // A transaction that could not be undone would stand in the way of every other one.
            defer {
                if opened.connection.isInTransaction {
                    files.forgetLog()
                    kept = nil
                }
            }
            try files.checkLog(opened.connection)
            return try body(opened)
        }
    }
}
