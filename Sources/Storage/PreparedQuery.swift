import GRDB
import GRDBSQLite

/// A query that is prepared once for a connection and run through SQLite's own interface.
///
/// For what is asked at each request: there GRDB's queue, statement cache, arguments and cursor cost several times what
/// SQLite itself does. Like its connection it is for one thread at a time.
@safe struct PreparedQuery {
    private let statement: Statement

    /// - Throws: `DatabaseError` where the query does not fit the database.
    init(_ queue: DatabaseQueue, sql: String) throws {
        statement = try queue.unsafeRead { try $0.makeStatement(sql: sql) }
    }

    /// The columns of the row at which the query is.
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

    /// Runs the query.
    ///
    /// - Parameters:
    ///   - key: its parameter.
    ///   - read: makes something of the first row, which must not be kept.
    /// - Returns: `nil` where there is no row.
    /// - Throws: `DatabaseError`, as SQLite says; what `read` throws.
    func first<Value>(_ key: [UInt8], read: (Row) throws -> Value) throws -> Value? {
        let statement = unsafe statement.sqliteStatement
        return try unsafe key.withUnsafeBytes { key in
            // Lent: SQLite is done with it before it ends.
            var code = unsafe sqlite3_bind_blob(statement, 1, key.baseAddress, Int32(key.count), nil)
            defer {
                _ = unsafe sqlite3_reset(statement)
                _ = unsafe sqlite3_clear_bindings(statement)
            }
            if code == SQLITE_OK { unsafe code = sqlite3_step(statement) }
            switch code {
            case SQLITE_ROW: return try unsafe read(Row(statement))
            case SQLITE_DONE: return nil
            default:
                let message = unsafe String(cString: sqlite3_errmsg(sqlite3_db_handle(statement)))
                throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
            }
        }
    }
}
