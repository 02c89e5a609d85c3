import Foundation
import Glibc
import TestSupport
import Testing

@testable import Storage

extension Integration {
    /// `postern copy`, from a SQLite deployment with data into a database of the tests' cluster.
    struct PostgreSQLCopyTests {
        private let source: Deployment
        private let server: PostgreSQLDatabase

        init() throws {
            source = try Deployment(serves: false)
            server = try PostgreSQLDatabase()
        }

        private func copy(_ more: [String] = []) throws -> Outcome {
            try source.postern(["copy", "sqlite:\(source.database)", server.ownerURI] + more)
        }

        /// The settings of the service on the copy.
        private var there: [String: String] { ["POSTERN_DATABASE": server.uri] }

        private func letServe() throws {
            let made = try source.postern(
                ["init", "--schema-only", "--serve-role", server.role],
                environment: ["POSTERN_DATABASE": server.ownerURI])
            #expect(made.status == 0, "\(made.errors)")
        }

        /// Adds accounts, as many as need several batches, with texts that have a meaning elsewhere.
        private func fill(_ count: Int) throws {
            let database = try TestDatabase(source.database)
            let home = try #require(try database.value("SELECT id FROM organization"))
            try database.execute(
                """
                WITH RECURSIVE number (n) AS (
                    VALUES (1) UNION ALL SELECT n + 1 FROM number WHERE n < CAST(? AS INTEGER))
                INSERT INTO account (id, email, email_key, name, provider, state, roles, created_at, home_id)
                SELECT (n * 7919 - 5000000) * 1000003, 'p' || n || '@example.test', 'p' || n || '@example.test',
                    CASE n % 4 WHEN 0 THEN 'NULL' WHEN 1 THEN '{"a\\b",}' WHEN 2 THEN 'Zoë ☃' ELSE 'Ann' END,
                    (SELECT provider FROM account LIMIT 1), 'Active', 0, 1700000000 + n, ? FROM number
                """, [count, home])
            try database.execute(
                """
                INSERT INTO audit_event (id, time, kind, credential, account_id, address, request_id, details)
                SELECT id, 1600000000 + abs(id) % 100000000, 'account.updated', 'none', id, '192.0.2.1', 'req_1',
                    '{"name":"a \\"b\\""}' FROM account
                """)
        }

        /// Has the source be one with these rows of policy and freshness, and closes it: a copy wants it alone.
        private func setDefaults(_ rows: [String]) throws {
            let database = try TestDatabase(source.database)
            try database.execute("DELETE FROM meta WHERE name IN ('second_factor', 'freshness')")
            for row in rows.map({ $0.split(separator: "=") }) {
                try database.execute("INSERT INTO meta (name, value) VALUES (?, \(row[1]))", [String(row[0])])
            }
        }

        @Test func `everything is there, and everybody stays logged in`() throws {
            try source.serve()
            #expect(try source.send.register("ann@example.test") == 200)
            let body = Deployment.registration("ann@example.test")
            let login = try source.request("POST", "/auth/login", bearer: source.token, body: body, by: .responder)
            let session = try #require(login.fields.map(\.value).joined(separator: " ").firstMatch(of: /pss_\w+/)).0
            #expect(
                try source.request(
                    "POST", "/auth/login", bearer: source.token,
                    body: Deployment.registration("ann@example.test", password: "wrong and long"), by: .responder
                ).status == 401)
            #expect(source.stopResponder() == 0)
            let before = try source.lines(["audit", "export"])
            let copied = try copy(["--json"])
            #expect(copied.status == 0, "\(copied.errors)")
            #expect(copied.errors.contains("account: 2 of 2 copied") && copied.errors.contains("2 compared"))
            let tables = copied.object["tables"] as? [[String: Any]] ?? []
            #expect(tables.count == CopiedTable.all.count)
            #expect(tables.allSatisfy { ($0["sha256"] as? String)?.count == 64 })
            #expect(copied.object["was_resumed"] as? Bool == false)
            try letServe()
            for (bearer, status) in [(source.token, 204), (String(session), 204), (String(session) + "x", 401)] {
                let answer = try source.request("GET", "/auth/verify", bearer: bearer, by: .cgi, environment: there)
                #expect(answer.status == status, "\(answer.body)")
            }
            let again = try source.request(
                "POST", "/auth/login", bearer: source.token, body: body, by: .cgi, environment: there)
            #expect(again.status == 200, "\(again.body)")
            let after = try source.postern(["audit", "export"], environment: there).text.split(separator: "\n")
            let identifiers = before.compactMap { $0["id"] as? String }
            #expect(identifiers.count > 5 && identifiers.allSatisfy { id in after.contains { $0.contains(id) } })
            let counters = try source.postern(
                ["throttle", "show", "--account", "ann@example.test"], environment: there)
            #expect(counters.status == 0, "\(counters.errors)")
        }

        @Test(arguments: [[], ["freshness=0", "second_factor=3"]])
        func `policy and freshness of the source come along, and none where it has none`(rows: [String]) throws {
            try setDefaults(rows)
            let copied = try copy()
            #expect(copied.status == 0, "\(copied.errors)")
            let found = try server.sql(
                "SELECT name || '=' || value FROM meta WHERE name IN ('second_factor', 'freshness') ORDER BY name")
            #expect(found == rows)
            let checked = try source.postern(["check"], environment: ["POSTERN_DATABASE": server.ownerURI])
            #expect(
                checked.text.contains("second factors: \(rows.isEmpty ? "off" : "required")"), "\(checked.text)")
        }

        @Test func `several batches arrive as they were, and their digests are those of the source`() throws {
            try fill(4500)
            let first = try copy(["--json"])
            #expect(first.status == 0, "\(first.errors)")
            #expect(
                try server.sql("SELECT count(*), min(id), max(id) FROM account")
                    == TestDatabase(source.database).rows("SELECT count(*), min(id), max(id) FROM account").map {
                        $0.map { $0 ?? "" }.joined(separator: "|")
                    })
            let odd = "SELECT name FROM account WHERE email_key IN ('p1@example.test', 'p2@example.test') ORDER BY name"
            #expect(try server.sql(odd) == TestDatabase(source.database).column(odd))
            // The same source has the same digests anywhere.
            let other = try PostgreSQLDatabase()
            let second = try source.postern(["copy", source.database, other.ownerURI, "--json"])
            let digests = [first, second].map { outcome in
                (outcome.object["tables"] as? [[String: Any]] ?? []).map { "\($0["name"] ?? "")=\($0["sha256"] ?? "")" }
            }
            #expect(digests[0] == digests[1] && !digests[0].isEmpty)
        }

        @Test func `one that was cut off keeps everything else out, and goes on where it was`() throws {
            // Ten batches of accounts and as many of entries, of which some are left when it is killed.
            try fill(20_000)
            let process = Process()
            process.standardError = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            try start(process, Paths.binary, ["copy", source.database, server.ownerURI], source.environment)
            while try server.sql("SELECT 1 WHERE to_regclass('account') IS NOT NULL") != ["1"] { usleep(10_000) }
            while try (Int(server.sql("SELECT count(*) FROM account")[0]) ?? 0) < 2000 { usleep(1000) }
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            // The server may still commit what the process had sent.
            let others = """
                SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                    AND backend_type = 'client backend' AND pid <> pg_backend_pid()
                """
            while try server.sql(others) != ["0"] { usleep(10_000) }
            let kept = try Int(server.sql("SELECT count(*) FROM account")[0]) ?? 0
            #expect(kept.isMultiple(of: 2000) || kept == 20_001)
            let early = try source.postern(["account", "list"], environment: ["POSTERN_DATABASE": server.ownerURI])
            #expect(early.status == 78 && early.errors.contains("postern copy"), "\(early.errors)")
            let rest = try copy(["--json"])
            #expect(rest.status == 0 && rest.object["was_resumed"] as? Bool == true, "\(rest.errors)")
            #expect(rest.errors.contains("account: \(kept) of 20001 copied"), "\(rest.errors)")
            #expect(try server.sql("SELECT count(*) FROM account") == ["20001"])
            #expect(
                try source.postern(
                    ["account", "list", "--limit", "1"], environment: ["POSTERN_DATABASE": server.ownerURI]
                ).status == 0)
        }

        @Test func `a source that changed since the copy began is noticed`() throws {
            try fill(2500)
            #expect(try copy().status == 0)
            // As if it had been cut off at its end.
            try server.sql("INSERT INTO meta (name, value) SELECT 'copying', 0")
            let other = try copy()
            #expect(other.status == 78 && other.errors.contains("unfinished copy of another"), "\(other.errors)")
            try server.sql("DELETE FROM account WHERE email_key = 'p7@example.test'")
            let fingerprint = try mark()
            try server.sql("UPDATE meta SET value = \(fingerprint) WHERE name = 'copying'")
            let differing = try copy()
            #expect(differing.status == 78, "\(differing.errors)")
            #expect(differing.errors.contains("the copy of the table account differs"), "\(differing.errors)")
        }

        /// The mark that a copy of this source makes, taken from one that is cut off.
        private func mark() throws -> String {
            let other = try PostgreSQLDatabase()
            let process = Process()
            process.standardError = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            try start(process, Paths.binary, ["copy", source.database, other.ownerURI], source.environment)
            defer {
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
            }
            while try other.sql("SELECT 1 WHERE to_regclass('meta') IS NOT NULL") != ["1"] { usleep(1000) }
            while process.isRunning {
                if let value = try other.sql("SELECT value FROM meta WHERE name = 'copying'").first { return value }
            }
            throw Deployment.Failure(what: "the mark was not seen")
        }

        @Test func `it is refused where it would mix data or miss a change`() throws {
            try source.serve()
            let used = try copy()
            #expect(
                used.status == 69 && used.errors.contains("a process has \(source.database) open"), "\(used.errors)")
            #expect(source.stopResponder() == 0)
            #expect(try copy().status == 0)
            let again = try copy()
            #expect(again.status == 78 && again.errors.contains("has ended already"), "\(again.errors)")
            try server.sql("DELETE FROM meta")
            let filled = try copy()
            #expect(filled.status == 78 && filled.errors.contains("is not empty"), "\(filled.errors)")
            try server.sql(
                "INSERT INTO responder (id, beat) SELECT 1, CAST(extract(epoch FROM clock_timestamp()) AS BIGINT)")
            let served = try copy()
            #expect(served.status == 78 && served.errors.contains("responders serve"), "\(served.errors)")
            for pair in [
                [server.uri, source.database], [source.database, source.database], [server.uri, server.uri],
            ] {
                let outcome = try source.postern(["copy"] + pair)
                #expect(outcome.status == 64 && outcome.errors.contains("from a SQLite database to a PostgreSQL"))
            }
            let wrong = try source.postern(["copy", source.database, "postgresql://a:hunter2@b/c"])
            #expect(wrong.status == 64 && !wrong.errors.contains("hunter2"))
            let missing = try source.postern(["copy", source.folder.path("none"), server.ownerURI])
            #expect(missing.status == 78 && missing.errors.contains("there is no database"))
        }
    }
}
