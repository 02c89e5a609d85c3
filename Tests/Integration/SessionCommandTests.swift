import Foundation
import Testing

extension Integration {
    struct SessionCommandTests {
        @Test func `sessions are listed and ended, one or all`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.createAccount("ann@example.test")
            let sessions = try (0..<3).map { _ in
                try deployment.logIn("ann@example.test", password: Deployment.password)
            }
            let listed = try deployment.objects(["session", "list", "ann@example.test"])
            #expect(listed.count == 3)
            #expect(listed.allSatisfy { $0["address"] as? String == "127.0.0.1" })
            #expect(listed.allSatisfy { $0["user_agent"] as? String == "a test" })
            let table = try deployment.successful(["session", "list", "ann@example.test"]).text
            #expect(sessions.allSatisfy { !table.contains($0) })
            let first = try #require(listed.first?["id"] as? String)
            #expect(table.contains(first))

            let other = try deployment.postern(["session", "end", "owner@example.test", first])
            #expect(other.status == 67)
            #expect(try deployment.postern(["session", "end", "ann@example.test", "rubbish"]).status == 64)
            try deployment.successful(["session", "end", "ann@example.test", first])
            #expect(try deployment.postern(["session", "end", "ann@example.test", first]).status == 67)
            #expect(try deployment.objects(["session", "list", "ann@example.test"]).count == 2)
            let statuses = try sessions.map { try deployment.status(of: $0, by: .cgi) }
            #expect(statuses.count { $0 == 401 } == 1)
            #expect(statuses.count { $0 == 200 } == 2)

            let ended = try deployment.successful(["session", "end-all", "ann@example.test", "--json"]).object
            #expect(ended["ended"] as? Int == 2)
            #expect(try sessions.allSatisfy { try deployment.status(of: $0, by: .cgi) == 401 })
            #expect(try deployment.objects(["session", "list", "ann@example.test"]).isEmpty)
            #expect(try deployment.postern(["session", "list", "nobody@example.test"]).status == 67)
        }

        @Test func `the sessions of all accounts are listed, the newest first`() throws {
            let deployment = try Deployment(serves: false)
            #expect(try deployment.objects(["session", "list"]).isEmpty)
            try deployment.createAccount("ann@example.test")
            let people = [("owner@example.test", Deployment.ownerPassword), ("ann@example.test", Deployment.password)]
            for (email, password) in people { _ = try deployment.logIn(email, password: password) }
            try deployment.execute(
                """
                UPDATE session SET created_at = created_at - 60
                WHERE account_id <> (SELECT id FROM account WHERE email_key = 'ann@example.test')
                """)
            let listed = try deployment.objects(["session", "list"])
            #expect(listed.compactMap { $0["account_email"] as? String } == ["ann@example.test", "owner@example.test"])
            #expect(listed.allSatisfy { ($0["account_id"] as? String)?.hasPrefix("acct_") == true })
            let newest = try deployment.successful(["session", "list", "--limit", "1"]).text.split(separator: "\n")
            #expect(newest.count == 2 && newest[1].contains(" ann@example.test "))
            try deployment.execute("UPDATE session SET expires_at = 1")
            #expect(try deployment.objects(["session", "list"]).isEmpty)
        }

        @Test func `a user agent cannot speak to the operator's terminal`() throws {
            let deployment = try Deployment(serves: false)
            _ = try deployment.logIn("owner@example.test", password: Deployment.ownerPassword)
            try deployment.execute("UPDATE session SET user_agent = 'a' || char(27) || '[2J' || char(10) || 'b'")
            let table = try deployment.successful(["session", "list", "owner@example.test"]).text
            #expect(!table.contains("\u{1B}"))
            #expect(table.contains("a\u{FFFD}[2J\u{FFFD}b"))
        }

        @Test func `expired sessions are not listed, and are removed by prune`() throws {
            let deployment = try Deployment(serves: false)
            for _ in 0..<3 { _ = try deployment.logIn("owner@example.test", password: Deployment.ownerPassword) }
            let ids = try deployment.objects(["session", "list", "owner@example.test"]).compactMap {
                $0["id"] as? String
            }
            try deployment.execute("UPDATE session SET expires_at = 1 WHERE rowid = (SELECT min(rowid) FROM session)")
            try deployment.execute("UPDATE session SET last_seen = 1 WHERE rowid = (SELECT max(rowid) FROM session)")
            let left = try deployment.objects(["session", "list", "owner@example.test"])
            #expect(left.count == 1)
            #expect(try deployment.count("session") == 3)
            try deployment.successful(["prune"])
            #expect(try deployment.count("session") == 1)
            #expect(ids.contains(left.first?["id"] as? String ?? ""))
        }
    }
}
