import Foundation
import Identity
import TestSupport
import Testing

extension Integration {
    /// Values as they are typed on the command line, and the findings of `check` about stored ones.
    struct ValueCommandTests {
        private func create(_ deployment: Deployment, _ end: [String]) throws -> [String: Any] {
            let arguments = ["token", "create", "--account", " owner@example.test ", "--name", "x", "--scope", "login"]
            return try deployment.successful(arguments + ["--json"] + end).object
        }

        @Test func `the end of a token is a day, a moment with an offset or a length of time`() throws {
            let deployment = try Deployment(serves: false)
            let day = try create(deployment, ["--valid-until", "2099-01-31"])
            #expect(day["valid_until"] as? String == "2099-01-31T00:00:00Z")
            let moment = try create(deployment, ["--valid-until", "2099-01-31t01:00:00.5+01:00"])
            #expect(moment["valid_until"] as? String == "2099-01-31T00:00:00Z")
            let before = WallClock.system.now() + 90 * 86400
            let span = try create(deployment, ["--valid-for", "90d"])
            let end = try #require((span["valid_until"] as? String).flatMap { Timestamp($0) })
            #expect(before <= end && end <= WallClock.system.now() + 90 * 86400)
            let both = try deployment.postern([
                "token", "create", "--account", "owner@example.test", "--name", "x", "--scope", "login", "--valid-for",
                "90d", "--valid-until", "2099-01-31",
            ])
            #expect(both.status == 64)
            #expect(both.errors.contains("not both"))
        }

        @Test func `check names stored values that are no longer valid`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.createAccount("ann@xn--bcher-kva.example")
            try deployment.createAccount("bob@example.test")
            func warnings() throws -> [String] {
                try deployment.successful(["check", "--json"]).object["warnings"] as? [String] ?? []
            }
            #expect(try !warnings().contains { $0.contains("expression") || $0.contains("log in") })
            try deployment.execute(#"UPDATE organization SET email_regex = '\d+@example[.]test'"#)
            try deployment.execute(
                "UPDATE account SET email = 'ann@bücher.example', email_key = 'ann@bücher.example' "
                    + "WHERE email LIKE 'bob@%'"
            )
            let found = try warnings()
            #expect(
                found.contains { $0.contains("organization example lets nobody join") && $0.contains("write [0-9]") })
            #expect(found.contains { $0.contains("1 accounts") && $0.contains("acct_") })
        }
    }
}
