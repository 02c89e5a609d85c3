import Foundation
import Identity
import TestSupport
import Testing

@testable import Storage

extension PostgreSQLConnection {
    /// A connection to the tests' cluster.
    static func ofTests(_ uri: String? = nil) throws -> PostgreSQLConnection {
        try PostgreSQLConnection(
            PostgreSQLTarget(uri ?? PostgreSQLCluster.shared().uri), deadline: .now + .seconds(60))
    }

    @discardableResult
    func run(_ statements: PostgreSQLStatement..., seconds: Int = 60) throws -> [PostgreSQLResult] {
        try exchange(statements, deadline: .now + .seconds(seconds))
    }

    /// The first value of a query as a number.
    func number(_ sql: String, _ values: [SQLArgument] = []) throws -> Int64? {
        try run(PostgreSQLStatement(sql, values))[0].first { $0.integer(0) } ?? nil
    }
}

struct PostgreSQLConnectionTests {
    private let connection: PostgreSQLConnection

    init() throws { connection = try .ofTests() }

    private func statement(_ sql: String, _ values: SQLArgument...) -> PostgreSQLStatement {
        PostgreSQLStatement(sql, values)
    }

    // MARK: Values

    @Test(arguments: [Int64.min, -0x8000_0001, -1, 0, 1, 0x8000_0000, 0x1_0000_0000, Int64.max] as [Int64])
    func `an integer comes back as it went`(number: Int64) throws {
        let result = try connection.run(statement("SELECT $1, $1 + 0", .integer(number)))[0]
        #expect(try result.first { [$0.integer(0), $0.integer(1)] } == [number, number])
        #expect(try result.first { try $0.argument(0) } == .integer(number))
    }

    @Test(arguments: ["", "a", "ä€𝄞", "e\u{301}", "\\x00'; DROP TABLE t; --", "\u{FFFF}\u{10FFFF}\u{1}\u{7F}\n"])
    func `a text comes back as it went`(text: String) throws {
        let result = try connection.run(
            statement("SELECT $1, CAST($1 AS varchar), CAST($1 AS text) COLLATE \"C\", octet_length($1)", .text(text)))[
                0]
        let row = result.row(0)
        for column in 0..<3 { #expect(try row.text(column).map { Array($0.utf8) } == Array(text.utf8)) }
        #expect(row.integer(3) == Int64(text.utf8.count))
        #expect(result.rowCount == 1)
    }

    @Test(arguments: [[], [0], [255, 0, 0x5C, 0x27], Array(0...255)] as [[UInt8]])
    func `bytes come back as they went`(bytes: [UInt8]) throws {
        let result = try connection.run(statement("SELECT $1, octet_length($1)", .bytes(bytes)))[0]
        #expect(try result.first { try $0.bytes(0) } == bytes)
        #expect(try result.first { try $0.argument(0) } == .bytes(bytes))
        #expect(try result.first { $0.integer(1) } == Int64(bytes.count))
    }

    @Test func `ten megabytes come back as they went`() throws {
        let bytes = (0..<10_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
        #expect(try connection.run(statement("SELECT $1", .bytes(bytes)))[0].first { try $0.bytes(0) } == bytes)
    }

    @Test func `the columns of every type are read, and their extremes`() throws {
        let sql = """
            SELECT CAST(-32768 AS smallint), CAST(-2147483648 AS integer), CAST(2147483647 AS integer), true, false,
              CAST(4294967295 AS oid), CAST('18446744073709551615' AS xid8), CAST('n' AS name),
              CAST('{"a": 1}' AS json), CAST('x' AS "char"), CAST('ab' AS char(3)), CAST('b' AS bytea),
              CAST('t' AS varchar(9))
            """
        let row = try connection.run(statement(sql))[0].row(0)
        let numbers = [-32_768, -2_147_483_648, 2_147_483_647, 1, 0, 4_294_967_295, -1]
        #expect((0..<7).map { row.integer($0) } == numbers.map { Int64($0) })
        #expect(try (7..<11).map { try row.text($0) } == ["n", #"{"a": 1}"#, "x", "ab "])
        #expect(try row.bytes(11) == [0x62] && row.text(12) == "t")
        #expect(try (0..<13).map { try row.argument($0) }.contains(.null) == false)
    }

    @Test func `NULL goes and comes in each place, with whatever type the server gives it`() throws {
        try connection.run(
            statement("CREATE TEMPORARY TABLE t (n bigint, t text COLLATE \"C\", b bytea)"),
            statement("INSERT INTO t VALUES ($1, $2, $3)", .null, .null, .null),
            statement("INSERT INTO t VALUES ($1, $2, $3)", .integer(1), .text(""), .bytes([])),
            statement("INSERT INTO t VALUES ($1, $2, $3)", .null, .text("a"), .null),
            statement("INSERT INTO t VALUES ($1, $2, $3)", .integer(2), .null, .bytes([1])))
        let sql = "SELECT n, t, b FROM t WHERE n IS NOT DISTINCT FROM $1"
        let results = try connection.run(
            statement(sql, .null), statement(sql, .integer(2)), statement("SELECT coalesce($1, n) FROM t", .null))
        let rows = try results[0].all { try [$0.argument(0), $0.argument(1), $0.argument(2)] }
        #expect(rows == [[.null, .null, .null], [.null, .text("a"), .null]])
        #expect(
            try results[1].all { try [$0.argument(0), $0.argument(1), $0.argument(2)] } == [
                [.integer(2), .null, .bytes([1])]
            ])
        #expect(try results[2].all { $0.integer(0) } == [nil, 1, nil, 2])
    }

    @Test func `arrays go as one value`() throws {
        let result = try connection.run(
            PostgreSQLStatement(
                """
                SELECT array_to_string($1, ',', '-'), array_to_string($2, ',', '-'), encode(($3)[2], 'hex'),
                  ($3)[1] IS NULL, cardinality($4), array_length($3, 1)
                """,
                parameters: [
                    .integers([.min, nil, .max]), .texts(["a", "", nil, "ä"]), .blobs([nil, [0, 255]]), .blobs([]),
                ]))[0]
        #expect(try result.first { try $0.text(0) } == "\(Int64.min),-,\(Int64.max)")
        #expect(try result.first { try $0.text(1) } == "a,,-,ä")
        #expect(try result.first { try $0.text(2) } == "00ff")
        #expect(try result.first { [$0.integer(3), $0.integer(4), $0.integer(5)] } == [1, 0, 2])
    }

    @Test func `a value of another type than the one asked for is an error, never NULL`() throws {
        let result = try connection.run(
            statement("SELECT CAST('a' AS text), 1, 1.5, CAST(NULL AS text), CAST(now() AS timestamptz)"))[0]
        for column in [0, 2, 3, 4, 5, -1] {
            let error = #expect(throws: PostgreSQLError.self) {
                try connection.run(statement("SELECT CAST('a' AS text), 1, 1.5, CAST(NULL AS text), now()"))[0]
                    .first { $0.integer(column) }
            }
            #expect(error?.kind == .unreadable, "column \(column)")
        }
        #expect(throws: PostgreSQLError.self) { try result.row(0).text(1) }
        #expect(throws: PostgreSQLError.self) { try result.row(0).bytes(0) }
        #expect(throws: PostgreSQLError.self) { try result.row(0).argument(2) }
        #expect(throws: PostgreSQLError.self) { try result.row(0).text(5) }
    }

    @Test func `a text with U+0000 is refused by the server, and not told`() throws {
        let error = #expect(throws: PostgreSQLError.self) {
            try connection.run(statement("SELECT $1", .text("sec\0ret")))
        }
        #expect(error?.sqlState == "22021" && error?.kind == .server && error?.hint == nil)
        #expect(error?.message == "a value does not fit")
        #expect(try connection.number("SELECT 1") == 1)
    }

    // MARK: Pipelines

    @Test func `statements of one exchange are one transaction, and each has its result`() throws {
        let results = try connection.run(
            statement("CREATE TEMPORARY TABLE t (n bigint)"),
            statement("INSERT INTO t SELECT generate_series(1, $1)", .integer(5)),
            statement("UPDATE t SET n = n + 1 WHERE n > $1", .integer(3)),
            statement("DELETE FROM t WHERE n = $1 RETURNING n", .integer(6)), statement("SELECT n FROM t ORDER BY n"),
            statement("SELECT n FROM t WHERE false"))
        #expect(results.map(\.affected) == [0, 5, 2, 1, 4, 0])
        #expect(results.map(\.rowCount) == [0, 0, 0, 1, 4, 0])
        #expect(
            results.map(\.command) == ["CREATE TABLE", "INSERT 0 5", "UPDATE 2", "DELETE 1", "SELECT 4", "SELECT 0"])
        #expect(try results[4].all { $0.integer(0) } == [1, 2, 3, 5])
        #expect(try results[5].first { $0.integer(0) } == nil)
        #expect(connection.inTransaction == .idle && results.warnings.isEmpty)
    }

    @Test(arguments: 0..<6)
    func `an error ends the exchange at its place, and undoes it`(position: Int) throws {
        try connection.run(statement("CREATE TEMPORARY TABLE t (n bigint PRIMARY KEY)"))
        var statements = (0..<6).map { statement("INSERT INTO t VALUES ($1)", .integer(Int64($0))) }
        statements[position] = statement("INSERT INTO t SELECT 7 FROM generate_series(1, 2)")
        let error = #expect(throws: PostgreSQLError.self) {
            try connection.exchange(statements, deadline: .now + .seconds(60))
        }
        #expect(error?.statementIndex == position && error?.sqlState == "23505" && error?.kind == .server)
        #expect(error?.wasSent == true && error?.message.contains("t_pkey") == true)
        #expect(connection.inTransaction == .idle && connection.isOpen)
        #expect(try connection.number("SELECT count(*) FROM t") == 0)
    }

    @Test func `a text that is wrong is told like any other error, again and again`() throws {
        for _ in 0..<3 {
            let error = #expect(throws: PostgreSQLError.self) {
                try connection.run(statement("SELECT 1"), statement("SELEC 1"), statement("SELECT 2"))
            }
            #expect(error?.statementIndex == 1 && error?.sqlState == "42601")
        }
        #expect(try connection.number("SELECT 3") == 3)
    }

    @Test func `a transaction stays open over exchanges, and takes nothing after an error but its end`() throws {
        try connection.run(statement("CREATE TEMPORARY TABLE t (n bigint)"))
        try connection.run(statement("BEGIN"), statement("INSERT INTO t VALUES (1)"))
        #expect(connection.inTransaction == .open)
        #expect(throws: PostgreSQLError.self) { try connection.run(statement("SELECT 1 / $1", .integer(0))) }
        #expect(connection.inTransaction == .failed)
        let error = #expect(throws: PostgreSQLError.self) { try connection.run(statement("SELECT 1")) }
        #expect(error?.sqlState == "25P02")
        // A COMMIT of a failed transaction is no error, and commits nothing.
        #expect(try connection.run(statement("COMMIT"))[0].command == "ROLLBACK")
        #expect(connection.inTransaction == .idle)
        #expect(try connection.number("SELECT count(*) FROM t") == 0)
        try connection.run(statement("BEGIN"), statement("INSERT INTO t VALUES (1)"), statement("COMMIT"))
        #expect(try connection.number("SELECT count(*) FROM t") == 1)
    }

    @Test func `a thousand statements with ten megabytes each way go through full buffers`() throws {
        let text = String(repeating: "x", count: 10_000)
        let statements = (0..<1000).map { statement("SELECT $1, $2 || ''", .integer(Int64($0)), .text(text)) }
        let results = try connection.exchange(statements, deadline: .now + .seconds(60))
        #expect(try results.map { try $0.first { $0.integer(0) } ?? nil } == (0..<1000).map { Int64($0) })
        #expect(try results.allSatisfy { try $0.first { try $0.text(1)?.utf8.count } == 10_000 })
    }

    @Test func `an exchange of nothing is nothing`() throws {
        #expect(try connection.run().isEmpty)
        #expect(try connection.run(statement("")).map(\.rowCount) == [0])
    }

    @Test func `warnings come with the results, notices do not`() throws {
        let results = try connection.run(
            statement("SELECT 1"), statement("DROP TABLE IF EXISTS nowhere"), statement("SELECT 2"),
            statement("DO $$ BEGIN RAISE WARNING 'attention'; RAISE NOTICE 'by the way'; END $$"))
        #expect(results.warnings == ["01000: attention"])
        #expect(try connection.run(statement("SELECT 1")).warnings.isEmpty)
        #expect(try connection.run(statement("COMMIT")).warnings == ["25P01: there is no transaction in progress"])
    }

    @Test func `COPY is refused, and the connection given up`() throws {
        let error = #expect(throws: PostgreSQLError.self) { try connection.run(statement("COPY (SELECT 1) TO STDOUT")) }
        #expect(error?.kind == .library && !connection.isOpen)
        let next = #expect(throws: PostgreSQLError.self) { try connection.run(statement("SELECT 1")) }
        #expect(next?.kind == .lost && next?.wasSent == false)
    }

    // MARK: Names and settings

    @Test func `a statement gets a name when it is used again, for each set of types, and 256 get one`() throws {
        let count = "SELECT count(*) FROM pg_prepared_statements"
        let values: [SQLArgument] = [.integer(1), .integer(2), .null, .null, .integer(3)]
        for (use, value) in values.enumerated() {
            try connection.run(statement("SELECT CAST($1 AS bigint)", value))
            #expect(try connection.number("\(count) -- use \(use)") == [0, 1, 1, 2, 2][use])
        }
        for round in 0..<2 {
            for number in 0..<300 {
                let found = try connection.number("SELECT \(number)")
                #expect(found == Int64(number), "round \(round)")
            }
        }
        #expect(try connection.number("\(count) -- at the end") == 256)
    }

    @Test func `a name stands for one text, and for one set of types`() {
        var found: Set<String> = []
        for sql in ["SELECT $1", "SELECT $1 ", "SELECT $2"] {
            for values in [[.integer(1)], [.null], [.text("")], [.null, .null], []] as [[SQLArgument]] {
                guard let key = StatementNames.key(PostgreSQLStatement(sql, values)) else { continue }
                let name = StatementNames.name(of: key)
                #expect(name.utf8.count < 30 && name == StatementNames.name(of: key))
                found.insert(name)
            }
        }
        #expect(found.count == 15)
        let many = PostgreSQLStatement("", [SQLArgument](repeating: .null, count: 43))
        #expect(StatementNames.key(many) == nil)
    }

    @Test func `statements whose names are gone are sent with their texts, from then on by all connections`() throws {
        let target = try PostgreSQLTarget(PostgreSQLCluster.shared().uri)
        let one = try PostgreSQLConnection(target, deadline: .now + .seconds(60))
        for number in 1...3 { #expect(try one.number("SELECT $1 + 0", [.integer(Int64(number))]) == Int64(number)) }
        // As a pooler does that goes on with another connection.
        try one.run(statement("DEALLOCATE ALL"))
        #expect(try one.number("SELECT $1 + 0", [.integer(4)]) == 4)
        let other = try PostgreSQLConnection(target, deadline: .now + .seconds(60))
        for each in [one, other] {
            for _ in 0..<3 { _ = try each.number("SELECT 5") }
            #expect(try each.number("SELECT count(*) FROM pg_prepared_statements") == 0)
        }
    }

    @Test func `a transaction whose statement has lost its name is undone, and not repeated halfway`() throws {
        try connection.run(statement("CREATE TEMPORARY TABLE t (n bigint)"))
        let insert = statement("INSERT INTO t VALUES ($1)", .integer(1))
        for _ in 0..<2 { try connection.run(insert) }
        try connection.run(statement("DEALLOCATE ALL"))
        try connection.run(statement("BEGIN"), statement("INSERT INTO t VALUES (7)"))
        let error = #expect(throws: PostgreSQLError.self) { try connection.run(insert) }
        #expect(error?.sqlState == "26000" && connection.inTransaction == .failed)
        try connection.run(statement("ROLLBACK"))
        try connection.run(statement("BEGIN"), insert, statement("COMMIT"))
        #expect(try connection.number("SELECT count(*) FROM t") == 3)
    }

    @Test func `each connection has its settings`() throws {
        let target = try PostgreSQLTarget(PostgreSQLCluster.shared().uri).inSchema("some_schema")
        let connection = try PostgreSQLConnection(target, deadline: .now + .seconds(60))
        for (name, value) in [
            ("statement_timeout", "5s"), ("lock_timeout", "2s"), ("idle_in_transaction_session_timeout", "5s"),
            ("search_path", "some_schema"), ("application_name", "postern some_schema"), ("client_encoding", "UTF8"),
            ("client_min_messages", "warning"), ("jit", "off"),
        ] {
            let found = try connection.run(statement("SELECT current_setting($1)", .text(name)))[0].first {
                try $0.text(0)
            }
            #expect(found == value, "\(name)")
        }
        #expect(!connection.bringsSettings && connection.serverVersion >= 140_000 && !connection.isEncrypted)
        #expect(connection.reported("server_encoding") == "UTF8" && connection.reported("nothing") == nil)
    }
}
