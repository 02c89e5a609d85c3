import Foundation
import TestSupport
import Testing

extension Integration {
    /// The commands and the responder on PostgreSQL, as the manual has an administrator use them.
    struct PostgreSQLCommandTests {
        @Test func `the responder serves as a role that can change neither tables nor the audit log`() throws {
            let server = try PostgreSQLDatabase()
            let deployment = try Deployment(serves: false, on: server)
            try deployment.serve()
            #expect(try deployment.send.register("ann@example.test") == 200)
            let login = try deployment.request(
                "POST", "/auth/login", bearer: deployment.token, body: Deployment.registration("ann@example.test"),
                by: .responder)
            #expect(login.status == 200)
            #expect(try deployment.objects(["account", "list"]).count == 2)
            let kinds = try deployment.objects(["audit", "list"]).compactMap { $0["type"] as? String }
            #expect(kinds.contains("login.succeeded") && kinds.contains("organization.created"), "\(kinds)")
            for statement in [
                "UPDATE audit_event SET address = ''", "DELETE FROM audit_event", "TRUNCATE audit_event",
                "DROP TABLE session", "CREATE TABLE more (id BIGINT)", "ALTER TABLE account ADD COLUMN more BIGINT",
            ] {
                #expect(throws: Deployment.Failure.self, "\(statement)") { try server.sql(statement, as: server.role) }
            }
            #expect(deployment.stopResponder() == 0)
        }

        @Test func `a request of CGI is answered from the same database`() throws {
            let server = try PostgreSQLDatabase()
            let deployment = try Deployment(serves: false, on: server)
            let answer = try deployment.request("GET", "/auth/verify", bearer: deployment.token, by: .cgi)
            #expect(answer.status == 204, "\(answer.body)")
            #expect(try deployment.request("GET", "/auth/verify", bearer: "pst_nobody", by: .cgi).status == 401)
        }

        @Test func `init makes each part once, and takes the role of the service for PostgreSQL alone`() throws {
            let server = try PostgreSQLDatabase()
            let deployment = try Deployment(serves: false, on: server)
            let place = ["POSTERN_DATABASE": server.ownerURI]
            let again = try deployment.postern(["init"], environment: place)
            #expect(again.status == 0 && again.text.contains("is up to date"), "\(again.errors)")
            let more = try deployment.postern(
                ["init", "--organization", "Other", "--owner", "o@example.test"], environment: place)
            #expect(more.status == 65 && more.errors.contains("has an organization already"))
            // The service's role may make none.
            let refused = try deployment.postern(["init"])
            #expect(refused.status == 78, "\(refused.status) \(refused.errors)")
            let file = try deployment.postern(
                ["init", "--serve-role", "postern"], environment: ["POSTERN_DATABASE": deployment.folder.path("x")])
            #expect(file.status == 64 && file.errors.contains("a SQLite database has no roles"))
        }

        @Test func `an empty database asks for what init needs before it makes anything`() throws {
            let server = try PostgreSQLDatabase()
            let outcome = try run(
                Paths.binary, ["init"],
                environment: ["POSTERN_DATABASE": server.ownerURI, "POSTERN_CONFIG": "/dev/null"])
            #expect(outcome.status == 64 && outcome.errors.contains("--organization NAME"), "\(outcome.errors)")
            #expect(try server.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == ["0"])
        }

        @Test func `init without a password makes nothing`() throws {
            let server = try PostgreSQLDatabase()
            let outcome = try run(
                Paths.binary, ["init", "--organization", "Example", "--owner", "owner@example.test"],
                environment: ["POSTERN_DATABASE": server.ownerURI, "POSTERN_CONFIG": "/dev/null"])
            #expect(outcome.status == 65 && outcome.errors.contains("the password of owner@example.test"))
            #expect(try server.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == ["0"])
        }

        @Test func `check tells the server, and warns of what is risky about it`() throws {
            let server = try PostgreSQLDatabase()
            let deployment = try Deployment(serves: false, on: server)
            let sound = try deployment.postern(["check", "--json"])
            #expect(sound.status == 0, "\(sound.text)")
            let description = try #require(sound.object["database_server"] as? String)
            #expect(description.hasPrefix("PostgreSQL ") && description.contains("0 standbys"), "\(description)")
            let warnings = sound.object["warnings"] as? [String] ?? []
            // The tests' cluster writes nothing to disk, and has no standby.
            #expect(warnings.contains { $0.hasPrefix("fsync or full_page_writes is off") }, "\(warnings)")
            #expect(warnings.contains { $0.hasPrefix("no standby is synchronous") })
            #expect(!warnings.contains { $0.contains("the role") })
            #expect(!warnings.contains { $0.contains("older version") })
            try server.sql(
                "INSERT INTO responder (id, beat, program) SELECT number, "
                    + "CAST(extract(epoch FROM clock_timestamp()) AS BIGINT) + 60, version - number % 2 "
                    + "FROM generate_series(1, 3) AS number, (SELECT max(version) AS version FROM migration) AS newest")
            let mixed = try deployment.postern(["check"])
            #expect(
                mixed.text.contains("warning: 2 responders are of an older version, which asks for no second factors"),
                "\(mixed.text)")
            try server.sql("ALTER ROLE \(server.role) IN DATABASE \(server.name) SET synchronous_commit = off")
            let lax = try deployment.postern(["check"])
            #expect(lax.text.contains("warning: synchronous_commit is off for this role"), "\(lax.text)")
            let owner = try deployment.postern(["check"], environment: ["POSTERN_DATABASE": server.ownerURI])
            #expect(owner.text.contains("warning: the role \(server.owner) may change tables"), "\(owner.text)")
            let all = try deployment.postern(
                ["check"], environment: ["POSTERN_DATABASE": server.uri(of: "postgres")])
            #expect(all.text.contains("warning: the role postgres may do everything"), "\(all.text)")
        }

        @Test func `check names what keeps it from working as a fault`() throws {
            let server = try PostgreSQLDatabase()
            func check(_ uri: String) throws -> Outcome {
                try run(
                    Paths.binary, ["check"],
                    environment: [
                        "POSTERN_DATABASE": uri, "POSTERN_CONFIG": "/dev/null", "POSTERN_LISTEN": "127.0.0.1:1024",
                    ])
            }
            let empty = try check(server.ownerURI)
            #expect(empty.status == 78 && empty.text.contains("has no tables of Postern"), "\(empty.text)")
            #expect(empty.text.contains("with `postern init`, as the owner"), "\(empty.text)")
            let refused = try check("postgresql+psycopg2://auth:hunter2@db/postern")
            #expect(refused.status == 78 && refused.text.hasPrefix("1 fault"), "\(refused.text)")
            #expect(!refused.text.contains("hunter2"), "\(refused.text)")
            let nowhere = try check("postgresql://x@/x?host=/nowhere")
            #expect(nowhere.status == 78 && nowhere.text.hasPrefix("1 fault"), "\(nowhere.text)")
            let other = try check(server.uri(of: "nobody_there"))
            #expect(other.status == 78 && other.text.contains("fault: "), "\(other.text)")
        }

        @Test func `a password in the setting is refused, and shown nowhere`() throws {
            for uri in [
                "postgresql://auth:hunter2@db/postern", "postgresql://auth@db/postern?password=hunter2",
                "postgres://auth:hunter2@db:x/postern?sslmode=prefer",
            ] {
                let place = ["POSTERN_DATABASE": uri, "POSTERN_CONFIG": "/dev/null"]
                for command in [["check", "--all"], ["check", "--json"], ["account", "list"], ["init"], ["serve"]] {
                    let outcome = try run(Paths.binary, command, environment: place)
                    #expect(outcome.status == 78, "\(uri) \(command): \(outcome.status)")
                    #expect(!(outcome.text + outcome.errors).contains("hunter2"), "\(outcome.text + outcome.errors)")
                    #expect((outcome.text + outcome.errors).contains("POSTERN_DATABASE"))
                }
            }
        }

        @Test func `backup and restore are refused, and name the server's own tools`() throws {
            let server = try PostgreSQLDatabase()
            let place = ["POSTERN_DATABASE": server.uri, "POSTERN_CONFIG": "/dev/null"]
            let folder = try ScratchFolder()
            for command in ["backup", "restore"] {
                let outcome = try run(Paths.binary, [command, folder.path("file")], environment: place)
                #expect(outcome.status == 65)
                #expect(outcome.errors.contains("pg_basebackup") && outcome.errors.contains("pgBackRest"))
            }
            #expect(!FileManager.default.fileExists(atPath: folder.path("file")))
        }

        @Test func `the connections are told in metrics and status, and a stop ends them`() throws {
            let server = try PostgreSQLDatabase()
            let deployment = try Deployment(serves: false, on: server)
            try deployment.serve()
            for _ in 0..<3 {
                #expect(
                    try deployment.request("GET", "/auth/verify", bearer: deployment.token, by: .responder).status
                        == 204)
            }
            let figures = try deployment.request("GET", "/metrics", bearer: "", by: .responder).body
            #expect(figures.contains("\npostern_postgresql_writers 8\n"), "\(figures)")
            #expect(figures.contains(/\npostern_postgresql_lookups_total [1-9]/))
            #expect(figures.contains("\npostern_postgresql_retries_total 0\n"))
            #expect(!figures.contains("postern_last_backup"))
            let status = try deployment.request("GET", "/status", bearer: "", by: .responder).body
            #expect(status.contains(#""database":{"writers":8"#), "\(status)")
            let mine = "SELECT count(*) FROM pg_stat_activity WHERE usename = '\(server.role)'"
            #expect(try server.sql(mine) != ["0"])
            #expect(deployment.stopResponder() == 0)
            #expect(try server.sql(mine) == ["0"])
        }

        @Test func `a database that goes away is 503 and never 401, and is used again when it is back`() throws {
            let server = try PostgreSQLDatabase()
            let deployment = try Deployment(serves: false, on: server)
            try deployment.serve()
            func verify() throws -> Int {
                try deployment.request("GET", "/auth/verify", bearer: deployment.token, by: .responder).status
            }
            #expect(try verify() == 204)
            try server.sql("ALTER ROLE \(server.role) NOLOGIN")
            try server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '\(server.role)'")
            for _ in 0..<5 { #expect(try verify() == 503) }
            // A commit of the last second is proof enough.
            usleep(1_500_000)
            #expect(try deployment.request("GET", "/health/ready", bearer: "", by: .responder).status == 503)
            try server.sql("ALTER ROLE \(server.role) LOGIN")
            #expect(try verify() == 204)
        }

        @Test func `the password comes from the file that PGPASSFILE names, over a connection that is checked`() throws
        {
            let server = try EncryptedPostgreSQL()
            func check(_ passwords: String) throws -> Outcome {
                try run(
                    Paths.binary, ["check"],
                    environment: [
                        "POSTERN_DATABASE": server.uri(), "POSTERN_CONFIG": "/dev/null",
                        "POSTERN_LISTEN": "127.0.0.1:1024", "PGPASSFILE": server.folder.path(passwords),
                    ])
            }
            // It is let in, and finds nothing.
            let right = try check("right")
            #expect(right.text.contains("has no tables of Postern"), "\(right.text)")
            #expect(right.text.contains("encrypted"), "\(right.text)")
            let wrong = try check("wrong")
            #expect(wrong.status == 78 && wrong.text.contains("PGPASSFILE"), "\(wrong.text)")
            #expect(!wrong.text.contains("passphrase"))
        }
    }
}
