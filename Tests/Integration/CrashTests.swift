import Foundation
import GRDB
import Glibc
import Synchronization
import TestSupport
import Testing

extension Integration {
    struct CrashTests {
        @Test func `every registration that was answered 200 outlives kill -9`() throws {
            let rounds = ProcessInfo.processInfo.environment["POSTERN_TEST_LONG"] == nil ? 3 : 30
            let deployment = try Deployment()
            var acknowledged: Set<String> = []
            for round in 0..<rounds {
                acknowledged.formUnion(try registerUntilKilled(deployment, round))
                try deployment.startResponder()
                try deployment.waitUntilReady()
            }
            let listed = try deployment.postern(["account", "list", "--json"])
            let accounts = try #require(try JSONSerialization.jsonObject(with: listed.output) as? [[String: Any]])
            let emails = Set(accounts.compactMap { $0["email"] as? String })
            #expect(!acknowledged.isEmpty)
            #expect(acknowledged.subtracting(emails).isEmpty)
            #expect(accounts.allSatisfy { ($0["users"] as? [Any])?.count == 1 })
            let integrity = try DatabaseQueue(path: deployment.folder.path("postern.sqlite3")).read {
                try String.fetchAll($0, sql: "PRAGMA integrity_check")
                    + String.fetchAll($0, sql: "PRAGMA foreign_key_check")
            }
            #expect(integrity == ["ok"])
            // A registration that was cut off can be made again.
            let again = try deployment.post("/auth/register", Deployment.registration("after@example.test"))
            #expect(again.status == 200)
        }

        /// Registers accounts from several clients, and kills the responder among them.
        ///
        /// - Returns: the emails whose registration was answered 200.
        private func registerUntilKilled(_ deployment: Deployment, _ round: Int) throws -> Set<String> {
            let post = deployment.poster
            let enough = DispatchSemaphore(value: 0)
            let tasks = (0..<3).map { client in
                Background {
                    var acknowledged: [String] = []
                    for number in 0..<100 {
                        let email = "r\(round)-c\(client)-\(number)@example.test"
                        let status = try post("/auth/register", Deployment.registration(email))
                        if status == 0 || status == 502 { break }
                        if status == 200 { acknowledged.append(email) }
                        enough.signal()
                    }
                    return acknowledged
                }
            }
            for _ in 0..<(4 + round) { enough.wait() }
            deployment.stopResponder(SIGKILL)
            var all: Set<String> = []
            for task in tasks { all.formUnion(try task.value()) }
            return all
        }
    }
}

extension Deployment {
    /// A function that posts a body and gives the status, for use on other threads.
    var poster: @Sendable (_ path: String, _ body: String) throws -> Int {
        let (base, token, certificate) = (base, token, folder.path("certificate.pem"))
        return { path, body in
            let outcome = try run(
                "curl",
                [
                    "--silent", "--noproxy", "*", "--max-time", "30", "--cacert", certificate, "-X", "POST",
                    "\(base)\(path)", "-H", "Authorization: Bearer \(token)", "-H", "Content-Type: application/json",
                    "--data-binary", body, "--output", "/dev/null", "--write-out", "%{http_code}",
                ])
            return Int(outcome.text) ?? 0
        }
    }
}
