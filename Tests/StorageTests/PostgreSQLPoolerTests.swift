import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// A connection through pgbouncer in transaction mode: each transaction may run on another connection of the server.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/sbin/pgbouncer"), "pgbouncer is not installed"))
struct PostgreSQLPoolerTests {
    private static let pooler = Result { try Pooler(PostgreSQLCluster.shared()) }

    private func target(_ schema: String? = nil) throws -> PostgreSQLTarget {
        let target = try PostgreSQLTarget(Self.pooler.get().uri)
        return try schema.map { try target.inSchema($0) } ?? target
    }

    private func statement(_ sql: String, _ values: SQLArgument...) -> PostgreSQLStatement {
        PostgreSQLStatement(sql, values)
    }

    @Test func `settings that the pooler refuses come with each transaction, and stay in it`() throws {
        let target = try target("some_schema")
        let connection = try PostgreSQLConnection(target, deadline: .now + .seconds(60))
        let isRefused = target.findings.refusesOptions.load(ordering: .relaxed)
        #expect(connection.bringsSettings && isRefused)
        let ask = statement("SELECT current_setting('search_path'), current_setting('lock_timeout')")
        for _ in 0..<3 {
            let alone = try connection.run(ask)
            #expect(try alone.count == 1 && alone[0].first { try $0.text(0) } == "some_schema")
            let inside = try connection.run(
                statement("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"), ask, statement("COMMIT"))
            #expect(try inside.count == 3 && inside[1].first { try $0.text(1) } == "2s")
            let twice = try connection.run(
                statement("BEGIN READ ONLY"), ask, statement("COMMIT"), statement("BEGIN READ ONLY"), ask,
                statement("COMMIT"))
            #expect(try twice.count == 6 && twice[4].first { try $0.text(0) } == "some_schema")
            // The transaction goes on, so it has them already.
            try connection.run(statement("BEGIN"))
            #expect(try connection.run(ask, statement("COMMIT"))[0].first { try $0.text(0) } == "some_schema")
        }
        let plain = try PostgreSQLConnection(self.target(), deadline: .now + .seconds(60))
        for _ in 0..<4 { #expect(try plain.run(ask)[0].first { try $0.text(0) } == "public") }
        // An error has the place of its statement, as without a pooler.
        let error = #expect(throws: PostgreSQLError.self) {
            try connection.run(statement("BEGIN"), statement("SELECT 1 / $1", .integer(0)))
        }
        #expect(error?.statementIndex == 1 && error?.sqlState == "22012")
        try connection.run(statement("ROLLBACK"))
    }

    @Test func `a pooler that drops settings silently is found out`() throws {
        let pooler = try Pooler(PostgreSQLCluster.shared(), ["ignore_startup_parameters = options"])
        let target = try PostgreSQLTarget(pooler.uri).inSchema("some_schema")
        let connection = try PostgreSQLConnection(target, deadline: .now + .seconds(60))
        let isRefused = target.findings.refusesOptions.load(ordering: .relaxed)
        #expect(connection.bringsSettings && !isRefused)
        let found = try connection.run(statement("SELECT current_setting('search_path')"))[0].first { try $0.text(0) }
        #expect(found == "some_schema")
    }

    @Test func `statements of several connections run over the pooler's few, each with its own result`() throws {
        let target = try target()
        concurrently(12) { index in
            let connection = try PostgreSQLConnection(target, deadline: .now + .seconds(60))
            for round in 0..<30 {
                let number = Int64(index * 1000 + round)
                let results = try connection.run(
                    statement("BEGIN"), statement("SELECT $1 + 0", .integer(number)),
                    statement("SELECT $1 || ''", .text("\(number)")), statement("COMMIT"))
                #expect(try results[1].first { $0.integer(0) } == number)
                #expect(try results[2].first { try $0.text(0) } == "\(number)")
                #expect(try connection.number("SELECT $1 * 2", [.integer(number)]) == number * 2)
            }
        }
        let isWithoutNames = target.findings.refusesNames.load(ordering: .relaxed)
        #expect(isWithoutNames)
    }
}
