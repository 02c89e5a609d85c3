import AuthAPI
import Foundation
import Glibc
import Identity
import InMemoryLogging
import Logging
import Storage
import TestSupport
import Testing

@testable import postern

extension Integration {
    struct HousekeepingTests {
        private func lastUse(_ deployment: Deployment) throws -> String? {
            try deployment.objects(["token", "list"]).first?["last_used_at"] as? String
        }

        @Test func `a responder that stops has written when credentials were used`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.serve()
            #expect(try deployment.status(of: deployment.token, by: .responder) == 200)
            #expect(try lastUse(deployment) == nil)
            let start = ContinuousClock.now
            #expect(deployment.stopResponder() == 0)
            #expect(start.duration(to: .now) < .seconds(5))
            #expect(try lastUse(deployment) != nil)
        }

        @Test func `a responder stops in time while another process holds the database`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.serve()
            #expect(try deployment.status(of: deployment.token, by: .responder) == 200)
            let start = ContinuousClock.now
            try TestDatabase(deployment.folder.path("postern.sqlite3")).whileLocked {
                #expect(deployment.stopResponder() == 0)
            }
            #expect(start.duration(to: .now) < .seconds(5))
            let log = try String(contentsOfFile: deployment.log, encoding: .utf8)
            #expect(log.contains("ended before everything was written"))
        }

        @Test func `a CGI run writes when its credential was used`() throws {
            let deployment = try Deployment(serves: false)
            #expect(try lastUse(deployment) == nil)
            #expect(try deployment.status(of: deployment.token, by: .cgi) == 200)
            #expect(try lastUse(deployment) != nil)
        }

        @Test func `a CGI run that cannot write it has answered all the same`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.execute(
                """
                CREATE TRIGGER refusal BEFORE UPDATE ON api_token BEGIN SELECT RAISE(ABORT, 'no'); END
                """)
            let variables = [
                "REQUEST_METHOD": "GET", "PATH_INFO": "/api/v1/auth/session",
                "HTTP_AUTHORIZATION": "Bearer \(deployment.token)",
            ]
            let outcome = try deployment.postern([], environment: variables)
            #expect(outcome.status == 0)
            #expect(outcome.text.hasPrefix("Status: 200"))
            #expect(outcome.errors.contains("could not record the use of credentials"))
        }

        @Test func `housekeeping runs at intervals, and repeats failed work`() throws {
            let metrics = Metrics {
                ServingStatus(version: "1", startedAt: WallClock.system.now(), server: nil, process: .init())
            }
            let installation = try TestInstallation(metrics: metrics)
            let logs = InMemoryLogHandler()
            let housekeeping = Self.housekeeping(installation, .forever, logs, metrics)
            let thread = try HousekeepingThread(interval: .milliseconds(20)) { housekeeping }
            try installation.execute(
                "CREATE TRIGGER refusal BEFORE UPDATE ON api_token BEGIN SELECT RAISE(ABORT, 'no'); END")
            #expect(try installation.service.authenticate(bearer: installation.adminToken) != nil)
            try waitUntil { logs.entries.contains { $0.level == .error } }
            #expect(try Self.lastUse(installation) == nil)
            let figures = installation.call("GET", "/metrics").body
            #expect(figures.contains(#/postern_store_errors_total\{kind="unexpected"\} [1-9]/#))
            try installation.execute("DROP TRIGGER refusal")
            try waitUntil { try Self.lastUse(installation) == installation.clock.now }
            installation.clock.advance(by: 120)
            #expect(try installation.service.authenticate(bearer: installation.adminToken) != nil)
            try waitUntil { try Self.lastUse(installation) == installation.clock.now }
            thread.stop()
        }

        @Test func `housekeeping begins with a write, and logs its failure at once`() throws {
            let installation = try TestInstallation()
            let logs = InMemoryLogHandler()
            let housekeeping = Self.housekeeping(installation, .forever, logs)
            let path = try #require(installation.store as? SQLiteStore).path
            let place = path + ".moved"
            try FileManager.default.moveItem(atPath: path, toPath: place)
            let thread = try HousekeepingThread(interval: .seconds(3600)) { housekeeping }
            try waitUntil { !logs.entries.isEmpty }
            #expect(logs.entries.map(\.level) == [.error])
            #expect("\(logs.entries[0].message)" == "could not write to the database")
            try FileManager.default.moveItem(atPath: place, toPath: path)
            thread.stop()
        }

        @Test func `expired sessions and old audit entries are removed`() throws {
            let installation = try TestInstallation()
            let logs = InMemoryLogHandler()
            let password = Password(utf8: Array(TestInstallation.ownerPassword.utf8))
            _ = try installation.service.login(
                email: TestInstallation.ownerEmail, password: password, by: Caller(.anonymous))
            let retention = try #require(AuditRetention("2d"))
            let housekeeping = Self.housekeeping(installation, retention, logs)
            housekeeping.prune()
            #expect(try Self.count(installation, "session") == 1)
            let entries = try Self.count(installation, "audit_event")
            #expect(entries > 0)

            installation.clock.advance(by: 86400)
            housekeeping.prune()
            #expect(try Self.count(installation, "session") == 0)
            #expect(try Self.count(installation, "audit_event") == entries)

            installation.clock.advance(by: 2 * 86400)
            housekeeping.prune()
            let left = try installation.service.auditEvents(AuditFilter(), PageRequest(), by: .operator).items
            #expect(left.map(\.kind) == [.auditPruned])
            #expect(left.map(\.credential) == [.none])
            // On the same day there is nothing more to say.
            installation.clock.advance(by: 60)
            housekeeping.prune()
            #expect(try Self.count(installation, "audit_event") == 1)
            #expect(logs.entries.count == 1)
        }

        @Test func `data erased during a read is wiped the next time`() throws {
            let installation = try TestInstallation()
            let path = try #require(installation.store as? SQLiteStore).path
            let logs = InMemoryLogHandler()
            let housekeeping = Self.housekeeping(installation, .forever, logs)
            let ann = try installation.addAccount("ann.erased@example.test")
            func isThere() throws -> Bool {
                let log = try Data(contentsOf: URL(filePath: path + "-wal"))
                return log.range(of: Data("ann.erased".utf8)) != nil
            }
            let reader = try TestDatabase(path)
            try reader.execute("BEGIN; SELECT count(*) FROM account")
            #expect(installation.call("DELETE", "/account/\(ann.id)", token: installation.adminToken).status == 200)
            housekeeping.wipeErased()
            #expect(try isThere())
            #expect(logs.entries.map(\.level) == [.warning])
            try reader.execute("ROLLBACK")
            housekeeping.wipeErased()
            #expect(try !isThere())
            housekeeping.wipeErased()
            #expect(logs.entries.count == 1)
        }

        @Test func `a moment of retention is the beginning of a day`() throws {
            let now = try #require(Timestamp("2026-02-08T14:12:45Z"))
            #expect(AuditRetention("1d")?.limit(at: now)?.description == "2026-02-07T00:00:00Z")
            #expect(AuditRetention("36h")?.limit(at: now)?.description == "2026-02-07T00:00:00Z")
            #expect(AuditRetention("365d")?.limit(at: now)?.description == "2025-02-08T00:00:00Z")
            #expect(AuditRetention("forever") == .forever)
            #expect(AuditRetention.forever.limit(at: now) == nil)
            for wrong in ["23h", "1", "d", "-1d", "1w", "", "Forever", "9223372036854775807d", "36501d"] {
                #expect(AuditRetention(wrong) == nil, "\(wrong)")
            }
        }

        private static func housekeeping(
            _ installation: TestInstallation, _ retention: AuditRetention, _ logs: InMemoryLogHandler,
            _ metrics: Metrics? = nil
        ) -> Housekeeping {
            Housekeeping(
                service: installation.service, auditRetention: retention,
                logger: Logger(label: "test") { _ in logs }, metrics: metrics)
        }

        private static func count(_ installation: TestInstallation, _ table: String) throws -> Int {
            try installation.connection().number("SELECT count(*) FROM \(table)") ?? 0
        }

        private static func lastUse(_ installation: TestInstallation) throws -> Timestamp? {
            try installation.store.apiTokens(APITokenFilter(), PageRequest()).items.first?.token.lastUsedAt
        }

        /// Waits until something holds, 10 seconds at most.
        private func waitUntil(_ condition: () throws -> Bool) throws {
            let deadline = ContinuousClock.now + .seconds(10)
            while try !condition() {
                try #require(ContinuousClock.now < deadline)
                usleep(10_000)
            }
        }
    }
}
