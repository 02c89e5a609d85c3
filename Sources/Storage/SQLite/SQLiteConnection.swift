import CSQLite

/// A connection to a SQLite database: owner of the handle, and of the statements that are prepared on it.
///
/// It is sent between threads and used by one at a time, which its owner sees to: the slot of a reader, or the lock of
/// the writer. So SQLite needs no lock of its own (`SQLITE_OPEN_NOMUTEX`).
///
///     let connection = try SQLiteConnection(path, readonly: true, busyTimeout: 5)
///     let count = try connection.first("SELECT count(*) FROM account") { $0.integer(0) }
@safe final class SQLiteConnection: @unchecked Sendable {
    /// The most statements that are kept: a process that lists by many filters shall not keep a plan for each forever.
    private static let mostStatements = 64

    let handle: OpaquePointer
    private var statements: [String: SQLiteStatement] = [:]

    /// Opens a database file, or makes one unless it is opened for reading only.
    ///
    /// Every setting is one that SQLite takes without reading the database.
    ///
    /// - Parameter busyTimeout: how long to wait for another's lock, in seconds.
    /// - Throws: `SQLiteError`.
    init(_ path: String, readonly: Bool, busyTimeout: Double) throws {
        let access = readonly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        var opened: OpaquePointer?
        let code = unsafe sqlite3_open_v2(
            path, &opened, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard let handle = unsafe opened else { throw SQLiteError(code: SQLITE_NOMEM, message: "out of memory") }
        guard code == SQLITE_OK else {
            let error = unsafe SQLiteError(handle, code)
            _ = unsafe sqlite3_close_v2(handle)
            throw error
        }
        unsafe self.handle = handle
        unsafe sqlite3_busy_timeout(handle, Int32(busyTimeout * 1000))
        _ = unsafe postern_sqlite3_set(handle, Int32(SQLITE_DBCONFIG_ENABLE_FKEY), 1)
        _ = unsafe postern_sqlite3_set(handle, Int32(SQLITE_DBCONFIG_TRUSTED_SCHEMA), 0)
        try execute("PRAGMA cell_size_check = ON")
        if !readonly { try prepareForWriting() }
    }

    deinit {
        // Statements that are still there keep the handle alive until they are gone.
        _ = unsafe sqlite3_close_v2(handle)
    }

    private func prepareForWriting() throws {
        // A write is on disk when it returns. What is deleted is overwritten; and what replaces a row deletes it, so
        // that triggers see it.
        try execute("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA recursive_triggers = ON")
        // The pages of the -wal file at which they are copied into the database, while all writes wait for the disk: as
        // seldom as the largest group still leaves the file's index in one block.
        _ = unsafe sqlite3_wal_autocheckpoint(handle, 3500)
    }

    /// Runs a text of several statements, whose rows nobody wants.
    func execute(_ sql: String) throws {
        let code = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw unsafe SQLiteError(handle, code) }
    }

    /// The statement of this text, which is prepared when it is first asked for.
    func statement(_ sql: String) throws -> SQLiteStatement {
        if let known = statements[sql], !known.isRunning { return known }
        let prepared = try SQLiteStatement(self, sql)
        if statements.count >= Self.mostStatements { statements.removeAll() }
        statements[sql] = prepared
        return prepared
    }

    /// Runs a statement to its end.
    ///
    /// - Returns: the number of rows that it changed.
    @discardableResult
    func run<each Value: SQLValue>(_ sql: String, _ values: repeat each Value) throws -> Int {
        try statement(sql).each(repeat each values) { _ in true }
        return unsafe Int(sqlite3_changes(handle))
    }

    /// Runs a query for its first row.
    func first<Found, each Value: SQLValue>(
        _ sql: String, _ values: repeat each Value, read: (SQLiteRow) throws -> Found
    ) throws -> Found? {
        var found: Found?
        try statement(sql).each(repeat each values) { row in
            found = try read(row)
            return false
        }
        return found
    }

    /// Runs a query for all of its rows.
    func all<Found, each Value: SQLValue>(
        _ sql: String, _ values: repeat each Value, read: (SQLiteRow) throws -> Found
    ) throws -> [Found] {
        var found: [Found] = []
        try statement(sql).each(repeat each values) { row in
            found.append(try read(row))
            return true
        }
        return found
    }

    /// The state of the connection: a transaction is open. Some errors end one.
    var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

    /// Runs a transaction, and undoes it if `body` says so or throws.
    ///
    /// - Parameter immediate: whether it takes the lock for writing at once.
    func transaction<Value>(immediate: Bool, _ body: () throws -> Completion<Value>) throws -> Completion<Value> {
        try run(immediate ? "BEGIN IMMEDIATE" : "BEGIN")
        do {
            let completion = try body()
            try run(completion.isCommit ? "COMMIT" : "ROLLBACK")
            return completion
        } catch {
            // This fails only if there is no memory for the statement: then its owner gives the connection up.
            if isInTransaction { _ = try? run("ROLLBACK") }
            throw error
        }
    }

    /// Runs a part of a transaction, and undoes this part alone if `body` says so or throws.
    ///
    /// - Returns: the error if only this part has failed.
    /// - Throws: an error if the whole transaction is lost, or the part can't be kept apart from the others.
    func savepoint(_ body: () throws -> Completion<Void>) throws -> (any Error)? {
        try run("SAVEPOINT part")
        var (isKept, failure) = (false, nil as (any Error)?)
        do {
            isKept = try body().isCommit
        } catch {
            guard isInTransaction else { throw error }
            failure = error
        }
        if !isKept { try run("ROLLBACK TO part") }
        try run("RELEASE part")
        return failure
    }

    /// Copies the whole database into another one.
    func copy(to other: SQLiteConnection) throws {
        guard let backup = unsafe sqlite3_backup_init(other.handle, "main", handle, "main") else {
            throw unsafe SQLiteError(other.handle, sqlite3_extended_errcode(other.handle))
        }
        // The end of the backup does not tell that a lock was in its way, and nothing was copied.
        let copied = unsafe sqlite3_backup_step(backup, -1)
        let finished = unsafe sqlite3_backup_finish(backup)
        guard finished == SQLITE_OK else { throw unsafe SQLiteError(other.handle, finished) }
        guard copied == SQLITE_DONE else {
            throw SQLiteError(code: copied, message: unsafe String(cString: sqlite3_errstr(copied)))
        }
    }

    /// The version of the SQLite library in use.
    static var libraryVersion: String { unsafe String(cString: sqlite3_libversion()) }
}
