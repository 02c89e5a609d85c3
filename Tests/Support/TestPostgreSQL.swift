import Foundation
import Identity

@testable import Storage

/// A connection to a schema of the tests' PostgreSQL past the store.
///
/// Whole numbers go as `bigint`, everything else as `text`.
public final class TestPostgreSQL: TestConnection {
    private let connection: PostgreSQLConnection
    private let schema: String

    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// Connects to a database.
    ///
    /// - Parameters:
    ///   - uri: the URI of the database; `nil` for that of all tests.
    ///   - schema: the schema of the tables.
    public init(_ uri: String? = nil, schema: String = "public") throws {
        self.schema = schema
        let target = try PostgreSQLTarget(uri ?? PostgreSQLCluster.shared().uri)
        connection = try PostgreSQLConnection(target.inSchema(schema), deadline: Self.deadline)
    }

    /// So late that none but a server that hangs misses it.
    private static var deadline: ContinuousClock.Instant { .now + .seconds(60) }

    public func execute(_ sql: String) throws {
        // One after the other in one exchange would be one transaction.
        for statement in sql.split(separator: ";") { _ = try rows(String(statement), []) }
    }

    public func rows(_ sql: String, _ values: [any CustomStringConvertible]) throws -> [[String?]] {
        let statement = PostgreSQLStatement(Self.numbered(sql), values.map(Self.argument))
        let results = try connection.exchange([statement], deadline: Self.deadline)
        return try results[0].all { row in
            try (0..<results[0].columnCount).map { Self.text(try row.argument($0)) }
        }
    }

    /// The text with `$1`, `$2` and so on in place of each `?`.
    private static func numbered(_ sql: String) -> String {
        let parts = sql.split(separator: "?", omittingEmptySubsequences: false)
        return parts.dropFirst().enumerated().reduce(String(parts[0])) { "\($0)$\($1.offset + 1)\($1.element)" }
    }

    private static func argument(_ value: any CustomStringConvertible) -> SQLArgument {
        (value as? any BinaryInteger).map { .integer(Int64($0)) } ?? .text(value.description)
    }

    private static func text(_ argument: SQLArgument) -> String? {
        switch argument {
        case .null: nil
        case .integer(let number): String(number)
        case .text(let text): text
        case .bytes(let bytes): bytes.map { String(format: "%02X", $0) }.joined()
        }
    }

    public func breakInserts(into table: String, message: String) throws {
        _ = try rows(
            """
            CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION '\(message)'; END $$
            """, [])
        _ = try rows(
            "CREATE TRIGGER broken BEFORE INSERT ON \"\(table)\" FOR EACH ROW EXECUTE FUNCTION broken()", [])
    }

    public func mendInserts(into table: String) throws {
        try execute("DROP TRIGGER broken ON \"\(table)\"; DROP FUNCTION broken()")
    }

    /// The tables in which something may stand: none that others are the parts of.
    private func tables() throws -> [String] {
        try column(
            """
            SELECT CAST(quote_ident(relname) AS TEXT) FROM pg_class
            WHERE relnamespace = CAST(CAST(? AS TEXT) AS regnamespace) AND relkind = 'r' ORDER BY relname
            """, [schema])
    }

    public func whileLocked<Value>(_ body: () throws -> Value) throws -> Value {
        try execute("BEGIN; LOCK TABLE \(tables().joined(separator: ", ")) IN SHARE MODE")
        defer { try? execute("ROLLBACK") }
        return try body()
    }

    public func version() throws -> String {
        // Each write makes a row somewhere else, by another transaction.
        try tables().map { table in
            let rows = "SELECT CAST(string_agg(ctid || ' ' || xmin, ',' ORDER BY ctid) AS TEXT) FROM \(table)"
            return "\(table): \(try value(rows) ?? "")"
        }
        .joined(separator: "\n")
    }

    public func everything() throws -> [UInt8] {
        try tables().flatMap { table in
            // Bytes stand in there as hexadecimal digits; as texts, they may be secrets too.
            try column("SELECT CAST(row_to_json(row) AS TEXT) FROM \(table) AS row").flatMap { Array($0.utf8) }
        }
    }
}
