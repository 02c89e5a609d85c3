import Foundation
import Testing

extension Integration {
    struct AuditCommandTests {
        private func types(_ events: [[String: Any]]) -> [String] { events.compactMap { $0["type"] as? String } }

        @Test func `the audit log records actions of the command line`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.createAccount("ann@example.test")
            try deployment.successful(["account", "update", "ann@example.test", "--role", "AppAdmin"])
            try deployment.successful(["account", "update", "ann@example.test", "--state", "Inactive"])
            let events = try deployment.objects(["audit", "list", "--account", "ann@example.test"])
            #expect(
                types(events) == ["account.state_changed", "account.roles_changed", "account.registered"])
            for event in events {
                #expect(event["actor"] is NSNull)
                #expect((event["credential"] as? [String: Any])?["kind"] as? String == "command_line")
                #expect((event["id"] as? String)?.hasPrefix("evt_") == true)
            }
            #expect(events[1]["details"] as? [String: String] == ["from": "AppMember", "to": "AppAdmin"])
            let table = try deployment.successful(["audit", "list"]).text
            #expect(table.hasPrefix("TIME "))
            #expect(table.contains("command-line") && table.contains("from=AppMember, to=AppAdmin"))
        }

        @Test func `an action by request is recorded with the account and its credential`() throws {
            let deployment = try Deployment(serves: false)
            let owner = try #require(
                deployment.successful(["account", "show", "owner@example.test", "--json"]).object["id"] as? String)
            let session = try deployment.logIn("owner@example.test", password: Deployment.ownerPassword)
            let logout = try deployment.request("POST", "/auth/logout", bearer: session, by: .cgi)
            #expect(logout.status == 200)
            let events = try deployment.objects(["audit", "list", "--actor", owner, "--type", "logout"])
            #expect(events.count == 1)
            let event = try #require(events.first)
            #expect(event["actor"] as? String == owner)
            #expect((event["credential"] as? [String: Any])?["kind"] as? String == "session")
            #expect(event["address"] as? String == "127.0.0.1")
            #expect(event["request_id"] as? String == logout.values("x-request-id").first)
        }

        @Test func `the export is JSON lines, whole and in order, however long`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.addAuditEvents(450, from: 1_700_000_000)
            let events = try deployment.lines(["audit", "export"])
            let numbers = events.compactMap { ($0["details"] as? [String: Any])?["number"] as? String }
            #expect(numbers == (0..<450).reversed().map { "\($0)" })
            #expect(Set(events.compactMap { $0["id"] as? String }).count == events.count)
            #expect(try deployment.objects(["audit", "list"]).count == events.count)
        }

        @Test func `the audit log is asked for days and moments`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.addAuditEvents(10, from: 1_700_000_000)
            let span = ["--since", "2023-11-14T23:13:23+01:00", "--until", "2023-11-14t22:13:26.9z"]
            #expect(try deployment.lines(["audit", "export"] + span).count == 3)
            #expect(try deployment.lines(["audit", "export", "--until", "2023-11-15"]).count == 10)
            #expect(try deployment.lines(["audit", "export", "--until", "2023-11-14"]).isEmpty)
            let pruned = try deployment.successful(["audit", "prune", "--before", "2023-11-15", "--yes", "--json"])
            #expect(pruned.object["before"] as? String == "2023-11-15T00:00:00Z")
        }

        @Test func `filters narrow it down, all at once`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.addAuditEvents(10, from: 1_700_000_000)
            // Second 1,700,000,003 to 1,700,000,006, the last left out.
            let span = ["--since", "2023-11-14T22:13:23Z", "--until", "2023-11-14T22:13:26Z"]
            let events = try deployment.lines(["audit", "export"] + span)
            #expect(events.compactMap { ($0["details"] as? [String: Any])?["number"] as? String } == ["5", "4", "3"])
            #expect(try deployment.lines(["audit", "export", "--type", "login.failed"] + span).count == 3)
            #expect(try deployment.lines(["audit", "export", "--type", "logout"] + span).isEmpty)
            #expect(
                try deployment.lines(["audit", "export", "--organization", "example", "--type", "token.created"]).count
                    == 1)
            #expect(try deployment.lines(["audit", "export", "--account", "acct_0000000000000000"]).isEmpty)
            #expect(try deployment.objects(["audit", "list", "--account", "acct_0000000000000000"]).isEmpty)
            #expect(try deployment.postern(["audit", "list", "--type", "nonsense"]).status == 64)
            #expect(try deployment.postern(["audit", "list", "--since", "yesterday"]).status == 64)
            #expect(try deployment.postern(["audit", "list", "--actor", "nobody@example.test"]).status == 67)
        }

        @Test func `people are shown by their addresses while their accounts are there`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.createAccount("ann@example.test")
            _ = try deployment.logIn("ann@example.test", password: Deployment.password)
            let id = try #require(
                deployment.successful(["account", "show", "ann@example.test", "--json"]).object["id"] as? String)
            let login = ["audit", "list", "--type", "login.succeeded", "--account", id]
            let row = try #require(try deployment.successful(login).text.split(separator: "\n").last)
            #expect(row.contains(" ann@example.test ") && !row.contains(id))
            #expect(try deployment.objects(login).first?["account"] as? String == id)
            #expect(try deployment.objects(login + ["--address", "127.0.0.1"]).count == 1)
            #expect(try deployment.objects(login + ["--address", "127.0.0.2"]).isEmpty)
            #expect(try deployment.lines(["audit", "export", "--address", "127.0.0.1"]).count == 1)
            #expect(try deployment.postern(login + ["--address", "nowhere"]).status == 64)
            #expect(try deployment.objects(["audit", "list", "--limit", "2"]).count == 2)
            try deployment.successful(["account", "erase", id, "--yes"])
            #expect(try deployment.successful(login).text.contains(" \(id) "))
        }

        @Test func `removing old entries asks for confirmation, and is recorded`() throws {
            let deployment = try Deployment(serves: false)
            let before = try deployment.count("audit_event")
            try deployment.addAuditEvents(10, from: 1_700_000_000)
            let prune = ["audit", "prune", "--before", "2023-11-14T22:13:24Z"]
            #expect(try deployment.postern(prune).status == 64)
            let pruned = try deployment.successful(prune + ["--yes", "--json"]).object
            #expect(pruned["removed"] as? Int == 4)
            #expect(try deployment.count("audit_event") == before + 6 + 1)
            let said = try deployment.lines(["audit", "export", "--type", "audit.pruned"])
            #expect(said.map { $0["details"] as? [String: String] } == [["before": "2023-11-14T22:13:24Z"]])
            let rest = try deployment.successful(["audit", "prune", "--older-than", "90d", "--yes", "--json"]).object
            #expect(rest["removed"] as? Int == 6)
            try deployment.addAuditEvents(3, from: 1_700_000_000)
            let expired = try deployment.successful(["prune", "--json"]).object
            #expect(expired["audit_entries"] as? Int == 3)
            for wrong in [
                [], ["--older-than", "90"], ["--before", "now"],
                ["--older-than", "1d", "--before", "2023-11-14T22:13:24Z"],
            ] {
                #expect(try deployment.postern(["audit", "prune", "--yes"] + wrong).status == 64, "\(wrong)")
            }
        }
    }
}

extension Deployment {
    /// Adds failed logins, one a second, numbered in their details.
    func addAuditEvents(_ count: Int, from start: Int) throws {
        try execute(
            """
            WITH RECURSIVE number (value) AS (
                SELECT 0 UNION ALL SELECT value + 1 FROM number WHERE value + 1 < \(count))
            INSERT INTO audit_event (id, time, kind, credential, address, request_id, details)
            SELECT value, \(start) + value, 'login.failed', 'none', '', '', json_object('number', CAST(value AS TEXT))
            FROM number
            """)
    }
}
