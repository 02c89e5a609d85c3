import CPostgreSQL

/// The result of one statement: owner of libpq's memory for it.
@safe final class PostgreSQLResult {
    private let library: PostgreSQLLibrary
    private let handle: OpaquePointer

    /// The number of rows.
    let rowCount: Int
    /// The number of rows that the statement added, changed, removed or returned.
    let affected: Int
    /// The warnings that came with the statement. One may be found at the statement right before its own, and that of a
    /// commit without `COMMIT` at the last statement, so ask all results of an exchange.
    private(set) var warnings: [String]
    /// The first value that was asked for as another type than its own.
    fileprivate(set) var fault: PostgreSQLError?

    /// Takes over a result of libpq.
    @unsafe init(_ library: PostgreSQLLibrary, _ handle: OpaquePointer, warnings: [String]) {
        self.library = library
        unsafe self.handle = unsafe handle
        self.warnings = warnings
        rowCount = unsafe Int(library.functions.PQntuples(handle))
        affected = unsafe library.functions.PQcmdTuples(handle).flatMap { unsafe Int(String(cString: $0)) } ?? 0
    }

    deinit { unsafe library.functions.PQclear(handle) }

    /// Adds the warnings that came behind the last statement of an exchange.
    func note(_ late: [String]) { warnings += late }

    /// The command that was run, such as `COMMIT`.
    ///
    /// A `COMMIT` of a transaction that had failed says `ROLLBACK`, and is no error.
    var command: String { unsafe library.functions.PQcmdStatus(handle).map { unsafe String(cString: $0) } ?? "" }

    /// The number of columns.
    var columnCount: Int { unsafe Int(library.functions.PQnfields(handle)) }

    /// A row, from 0 to `rowCount - 1`.
    func row(_ index: Int) -> PostgreSQLRow { PostgreSQLRow(self, index) }

    /// Makes something of the first row.
    ///
    /// - Returns: `nil` if there is no row.
    func first<Found>(_ read: (PostgreSQLRow) throws -> Found) throws -> Found? {
        rowCount > 0 ? try checked(0, read) : nil
    }

    /// Makes something of each row.
    func all<Found>(_ read: (PostgreSQLRow) throws -> Found) throws -> [Found] {
        var found: [Found] = []
        found.reserveCapacity(rowCount)
        for index in 0..<rowCount { found.append(try checked(index, read)) }
        return found
    }

    /// Makes something of a row.
    ///
    /// - Throws: `PostgreSQLError` of the kind `unreadable` if a value was asked for as another type, even if `read`
    ///   took it for NULL.
    private func checked<Found>(_ index: Int, _ read: (PostgreSQLRow) throws -> Found) throws -> Found {
        do {
            let found = try read(row(index))
            if let fault { throw fault }
            return found
        } catch {
            throw fault ?? error
        }
    }

    /// The type of a column; `nil` if there is no such column, or its values are no binary ones.
    fileprivate func type(_ column: Int) -> UInt32? {
        guard (0..<columnCount).contains(column), unsafe library.functions.PQfformat(handle, CInt(column)) == 1 else {
            return nil
        }
        return unsafe library.functions.PQftype(handle, CInt(column))
    }

    /// Lends the bytes of a value; `nil` for NULL.
    fileprivate func withValue<Value>(
        _ row: Int, _ column: Int, _ body: (UnsafeRawBufferPointer) -> Value
    ) -> Value? {
        let (row, column) = (CInt(row), CInt(column))
        guard unsafe library.functions.PQgetisnull(handle, row, column) == 0 else { return nil }
        let count = unsafe Int(library.functions.PQgetlength(handle, row, column))
        return unsafe body(
            UnsafeRawBufferPointer(start: library.functions.PQgetvalue(handle, row, column), count: count))
    }
}

extension [PostgreSQLResult] {
    /// The warnings of all statements of an exchange.
    var warnings: [String] { flatMap(\.warnings) }
}

/// A row of a result, which it keeps.
struct PostgreSQLRow: SQLRow {
    private let result: PostgreSQLResult
    private let index: Int

    fileprivate init(_ result: PostgreSQLResult, _ index: Int) {
        precondition((0..<result.rowCount).contains(index), "there is no such row")
        self.result = result
        self.index = index
    }

    /// The value of a column of type `bigint`, `integer`, `smallint`, `boolean` (0 or 1), `oid` or `xid8`.
    ///
    /// A column of another type is read as `nil`; the functions of `PostgreSQLResult` that hand out rows make an error
    /// of it.
    func integer(_ column: Int) -> Int64? {
        let width =
            switch result.type(column) {
            case PostgreSQLType.int8, PostgreSQLType.xid8: 8
            case PostgreSQLType.int4, PostgreSQLType.oid: 4
            case PostgreSQLType.int2: 2
            case PostgreSQLType.bool: 1
            default: 0
            }
        let value: Int64?? = unsafe result.withValue(index, column) { bytes in
            guard width > 0, bytes.count == width else { return nil }
            // All are signed but `oid` and `boolean`.
            let isSigned = width > 1 && result.type(column) != PostgreSQLType.oid
            let isNegative = unsafe isSigned && bytes[0] >= 0x80
            return unsafe bytes.reduce(isNegative ? -1 : 0) { $0 << 8 | Int64($1) }
        }
        guard let value else { return width > 0 ? nil : unreadable(column, as: "integer") }
        return value ?? unreadable(column, as: "integer")
    }

    /// The value of a column of type `text`, `varchar`, `char`, `name` or `json`.
    func text(_ column: Int) throws -> String? {
        switch result.type(column) {
        case PostgreSQLType.text, PostgreSQLType.varchar, PostgreSQLType.name, PostgreSQLType.bpchar,
            PostgreSQLType.char, PostgreSQLType.json:
            return unsafe result.withValue(index, column) { unsafe String(decoding: $0, as: UTF8.self) }
        default: throw fault(column, as: "text")
        }
    }

    /// The value of a column of type `bytea`.
    func bytes(_ column: Int) throws -> [UInt8]? {
        guard result.type(column) == PostgreSQLType.bytea else { throw fault(column, as: "bytes") }
        return unsafe result.withValue(index, column) { unsafe [UInt8]($0) }
    }

    func argument(_ column: Int) throws -> SQLArgument {
        switch result.type(column) {
        case PostgreSQLType.bytea: try bytes(column).map { .bytes($0) } ?? .null
        case PostgreSQLType.int8, PostgreSQLType.int4, PostgreSQLType.int2, PostgreSQLType.bool, PostgreSQLType.oid,
            PostgreSQLType.xid8:
            integer(column).map { .integer($0) } ?? .null
        default: try text(column).map { .text($0) } ?? .null
        }
    }

    private func unreadable(_ column: Int, as wanted: String) -> Int64? {
        _ = fault(column, as: wanted)
        return nil
    }

    /// Notes that a value was asked for as another type than its own.
    private func fault(_ column: Int, as wanted: String) -> PostgreSQLError {
        let type = result.type(column).map { "of type \($0)" } ?? "not there"
        let error = PostgreSQLError(
            .unreadable, "column \(column) is \(type), and was asked for as \(wanted)", wasSent: true)
        if result.fault == nil { result.fault = error }
        return error
    }
}
