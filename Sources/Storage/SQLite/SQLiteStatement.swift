import CSQLite

/// A prepared statement: owner of its handle. Like its connection it is used by one thread at a time.
@safe final class SQLiteStatement {
    private let handle: OpaquePointer
    private let connection: OpaquePointer

    /// Prepares the one statement of a text.
    ///
    /// - Throws: `SQLiteError` if the text does not fit the database.
    init(_ connection: SQLiteConnection, _ sql: String) throws {
        var prepared: OpaquePointer?
        let code = unsafe sqlite3_prepare_v3(
            connection.handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard let handle = unsafe prepared else { throw unsafe SQLiteError(connection.handle, code) }
        unsafe (self.handle, self.connection) = unsafe (handle, connection.handle)
    }

    deinit { _ = unsafe sqlite3_finalize(handle) }

    /// The state of the statement: it is between two rows of a query.
    var isRunning: Bool { unsafe sqlite3_stmt_busy(handle) != 0 }

    /// The steps of SQLite's virtual machine since this was asked last.
    func takeSteps() -> Int { unsafe Int(sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_VM_STEP, 1)) }

    /// Goes from row to row until there is none, or `body` wants no more.
    ///
    /// - Throws: `SQLiteError`, also if there are not as many values as parameters; what `body` throws.
    func each<each Value: SQLValue>(_ values: repeat each Value, body: (SQLiteRow) throws -> Bool) throws {
        defer { reset() }
        var count: Int32 = 0
        for value in repeat each values {
            count += 1
            try bind(value.argument, count)
        }
        try step(count, body)
    }

    /// The same with values whose number is not known beforehand.
    func each(_ values: [SQLArgument], body: (SQLiteRow) throws -> Bool) throws {
        defer { reset() }
        for (index, value) in values.enumerated() { try bind(value, Int32(index + 1)) }
        try step(Int32(values.count), body)
    }

    private func bind(_ value: SQLArgument, _ index: Int32) throws {
        let code =
            switch value {
            case .null: unsafe sqlite3_bind_null(handle, index)
            case .integer(let number): unsafe sqlite3_bind_int64(handle, index, number)
            case .text(var text):
                text.withUTF8 { bytes in
                    unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
                        unsafe postern_sqlite3_bind_text(
                            handle, index, characters.baseAddress, Int32(characters.count))
                    }
                }
            case .bytes(let bytes):
                unsafe bytes.withUnsafeBytes { bytes in
                    unsafe postern_sqlite3_bind_blob(handle, index, bytes.baseAddress, Int32(bytes.count))
                }
            }
        guard code == SQLITE_OK else { throw unsafe SQLiteError(connection, code) }
    }

    private func step(_ count: Int32, _ body: (SQLiteRow) throws -> Bool) throws {
        // SQLite takes a missing value for NULL.
        guard unsafe count == sqlite3_bind_parameter_count(handle) else {
            throw SQLiteError(code: SQLITE_RANGE, message: "\(count) values are not as many as there are parameters")
        }
        while true {
            let code = unsafe sqlite3_step(handle)
            if code == SQLITE_ROW {
                guard try unsafe body(SQLiteRow(handle)) else { return }
            } else {
                guard code == SQLITE_DONE else { throw unsafe SQLiteError(connection, code) }
                return
            }
        }
    }

    private func reset() {
        _ = unsafe sqlite3_reset(handle)
        _ = unsafe sqlite3_clear_bindings(handle)
    }
}

/// The row at which a statement is, valid until the statement goes on.
@safe struct SQLiteRow: SQLRow {
    private let statement: OpaquePointer

    fileprivate init(_ statement: OpaquePointer) { unsafe self.statement = unsafe statement }

    private func isNull(_ column: Int) -> Bool { unsafe sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL }

    func integer(_ column: Int) -> Int64? {
        isNull(column) ? nil : unsafe sqlite3_column_int64(statement, Int32(column))
    }

    func text(_ column: Int) throws -> String? {
        guard !isNull(column) else { return nil }
        guard let bytes = unsafe sqlite3_column_text(statement, Int32(column)) else { throw SQLiteError.outOfMemory }
        let count = unsafe Int(sqlite3_column_bytes(statement, Int32(column)))
        return unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    func bytes(_ column: Int) throws -> [UInt8]? {
        guard !isNull(column) else { return nil }
        let bytes = unsafe sqlite3_column_blob(statement, Int32(column))
        let count = unsafe Int(sqlite3_column_bytes(statement, Int32(column)))
        guard count > 0 else { return [] }
        guard let bytes = unsafe bytes else { throw SQLiteError.outOfMemory }
        return unsafe [UInt8](UnsafeRawBufferPointer(start: bytes, count: count))
    }

    func argument(_ column: Int) throws -> SQLArgument {
        switch unsafe sqlite3_column_type(statement, Int32(column)) {
        case SQLITE_INTEGER: .integer(try number(column))
        case SQLITE_TEXT: .text(try string(column))
        case SQLITE_NULL: .null
        default: .bytes(try bytes(column) ?? [])
        }
    }
}
