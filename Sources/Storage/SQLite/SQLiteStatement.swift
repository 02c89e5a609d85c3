import GRDB
import GRDBSQLite

/// A statement that is prepared once for a connection and run through SQLite's own interface.
///
/// For what is asked at each request or written at each login: there GRDB's arguments, rows and savepoints cost several
/// times what SQLite itself does. Like its connection it is for one thread at a time.
@safe struct PreparedQuery {
    private let statement: Statement

    /// Prepares one that only reads, and is run outside of the queue.
    ///
    /// - Throws: `DatabaseError` where the statement does not fit the database.
    init(_ queue: DatabaseQueue, sql: String) throws {
        statement = try queue.unsafeRead { try $0.makeStatement(sql: sql) }
    }

    /// Takes the statement of this text that the connection keeps.
    ///
    /// - Throws: `DatabaseError` where the statement does not fit the database.
    init(_ db: Database, sql: String) throws {
        statement = try db.cachedStatement(sql: sql)
    }

    /// The columns of the row at which the statement is.
    @safe struct Row {
        private let statement: SQLiteStatement

        fileprivate init(_ statement: SQLiteStatement) { unsafe self.statement = statement }

        /// An integer; `nil` for NULL.
        func number(_ column: Int32) -> Int64? {
            unsafe sqlite3_column_type(statement, column) == SQLITE_NULL
                ? nil : sqlite3_column_int64(statement, column)
        }

        /// A text; `nil` for NULL, and never for one that could not be had.
        ///
        /// - Throws: `DatabaseError` where there is no memory for it.
        func text(_ column: Int32) throws -> String? {
            guard unsafe sqlite3_column_type(statement, column) != SQLITE_NULL else { return nil }
            guard let bytes = unsafe sqlite3_column_text(statement, column) else {
                throw DatabaseError(resultCode: .SQLITE_NOMEM)
            }
            let count = unsafe Int(sqlite3_column_bytes(statement, column))
            return unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
        }
    }

    /// Runs the statement to its end.
    ///
    /// - Throws: `DatabaseError`, as SQLite says, and where there are not as many arguments as parameters.
    func run<each Argument: QueryArgument>(_ arguments: repeat each Argument) throws {
        try step(repeat each arguments) { _ in true }
    }

    /// Runs the query.
    ///
    /// - Parameter read: makes something of the first row, which must not be kept.
    /// - Returns: `nil` where there is no row.
    /// - Throws: as `run` does; what `read` throws.
    func first<Value, each Argument: QueryArgument>(
        _ arguments: repeat each Argument, read: (Row) throws -> Value
    ) throws -> Value? {
        var value: Value?
        try step(repeat each arguments) { row in
            value = try read(row)
            return false
        }
        return value
    }

    /// Runs the query, and gives all rows one after the other.
    ///
    /// - Throws: as `run` does; what `body` throws.
    func each<each Argument: QueryArgument>(
        _ arguments: repeat each Argument, body: (Row) throws -> Void
    ) throws {
        try step(repeat each arguments) { row in
            try body(row)
            return true
        }
    }

    /// Goes from row to row until there is none, or `read` wants no more.
    private func step<each Argument: QueryArgument>(
        _ arguments: repeat each Argument, read: (Row) throws -> Bool
    ) throws {
        let statement = unsafe statement.sqliteStatement
        defer {
            _ = unsafe sqlite3_reset(statement)
            _ = unsafe sqlite3_clear_bindings(statement)
        }
        var (code, count) = (SQLITE_OK, Int32(0))
        for argument in repeat each arguments {
            count += 1
            if code == SQLITE_OK { code = unsafe argument.bind(to: statement, at: count) }
        }
        // SQLite takes what is missing for NULL.
        if code == SQLITE_OK, unsafe count != sqlite3_bind_parameter_count(statement) { code = SQLITE_RANGE }
        if code == SQLITE_OK { code = SQLITE_ROW }
        while code == SQLITE_ROW {
            code = unsafe sqlite3_step(statement)
            if code == SQLITE_ROW, try unsafe !read(Row(statement)) { return }
        }
        guard code != SQLITE_DONE else { return }
        let message = unsafe String(cString: sqlite3_errmsg(sqlite3_db_handle(statement)))
        throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }
}
