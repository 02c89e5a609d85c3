import CSQLite
import Foundation

/// A connection to a SQLite database past the store.
///
/// Values come and go as texts, which SQLite turns into the types of the columns; a blob is asked for by `hex()`.
///
///     let database = try TestDatabase(installation.store.path)
///     try database.execute("UPDATE account SET state = 'Inactive' WHERE email = ?", ["ann@example.test"])
///     #expect(try database.number("SELECT count(*) FROM session") == 1)
@safe public final class TestDatabase: TestConnection {
    private let handle: OpaquePointer

    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// - Parameter path: a file, which is made if it is missing, or a URI such as `file:/tmp/copy?immutable=1`.
    public init(_ path: String, readonly: Bool = false) throws {
        let access = readonly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        var opened: OpaquePointer?
        let code = unsafe sqlite3_open_v2(path, &opened, access | SQLITE_OPEN_URI | SQLITE_OPEN_FULLMUTEX, nil)
        guard let handle = unsafe opened else { throw Failure(description: "out of memory") }
        unsafe self.handle = unsafe handle
        guard code == SQLITE_OK else { throw failure() }
        unsafe sqlite3_busy_timeout(handle, 5000)
        try execute("PRAGMA foreign_keys = ON")
    }

    deinit { _ = unsafe sqlite3_close_v2(handle) }

    private func failure() -> Failure { Failure(description: unsafe String(cString: sqlite3_errmsg(handle))) }

    public func execute(_ sql: String) throws {
        guard unsafe sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure() }
    }

    public func rows(_ sql: String, _ values: [any CustomStringConvertible]) throws -> [[String?]] {
        var prepared: OpaquePointer?
        guard unsafe sqlite3_prepare_v2(handle, sql, -1, &prepared, nil) == SQLITE_OK, let statement = unsafe prepared
        else { throw failure() }
        defer { _ = unsafe sqlite3_finalize(statement) }
        for (index, value) in values.enumerated() {
            let text = value.description
            _ = unsafe postern_sqlite3_bind_text(statement, Int32(index + 1), text, Int32(text.utf8.count))
        }
        var rows: [[String?]] = []
        while true {
            switch unsafe sqlite3_step(statement) {
            case SQLITE_ROW:
                let count = unsafe sqlite3_column_count(statement)
                rows.append(
                    (0..<count).map { column in
                        unsafe sqlite3_column_text(statement, column).map { unsafe String(cString: $0) }
                    })
            case SQLITE_DONE: return rows
            default: throw failure()
            }
        }
    }

    public func breakInserts(into table: String, message: String) throws {
        try execute(
            "CREATE TRIGGER broken BEFORE INSERT ON \(table) BEGIN SELECT RAISE(ABORT, '\(message)'); END")
    }

    public func mendInserts(into table: String) throws { try execute("DROP TRIGGER broken") }

    public func version() throws -> String { try value("PRAGMA data_version") ?? "" }

    public func everything() throws -> [UInt8] {
        let path = try value("SELECT file FROM pragma_database_list WHERE name = 'main'") ?? ""
        return try ["", "-wal"].flatMap { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path + $0))) }
    }

    public func whileLocked<Value>(_ body: () throws -> Value) throws -> Value {
        try execute("BEGIN IMMEDIATE")
        defer { try? execute("ROLLBACK") }
        return try body()
    }
}
