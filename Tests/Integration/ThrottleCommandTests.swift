import Foundation
import Testing

extension Integration {
    struct ThrottleCommandTests {
        private func guess(_ deployment: Deployment, _ email: String) throws -> Int {
            try deployment.request(
                "POST", "/auth/login", bearer: deployment.token,
                body: Deployment.registration(email, password: "wrong"), by: .cgi,
                environment: ["HTTP_X_CLIENT_ADDRESS": ""]
            ).status
        }

        @Test func `counters are shown and cleared, for an account or all, and the audit log says so`() throws {
            let deployment = try Deployment(serves: false, settings: ["POSTERN_THROTTLE_ACCOUNT": "2/1h"])
            for email in ["owner@example.test", "nobody@example.test"] {
                #expect(try (0..<3).map { _ in try guess(deployment, email) } == [401, 401, 429])
                let shown = try deployment.objects(["throttle", "show", "--account", email])
                #expect(shown.map { $0["counter"] as? String } == ["account"])
                #expect(shown.first?["attempts"] as? Int == 2)
                #expect((3000...3600).contains(shown.first?["next_in"] as? Int ?? 0))
            }
            let table = try deployment.successful(["throttle", "show", "--account", "owner@example.test"]).text
            #expect(table.hasPrefix("COUNTER") && table.contains("\naccount  2 "), "\(table)")
            let cleared = ["throttle", "clear", "--account", "owner@example.test", "--address", "192.0.2.1", "--json"]
            #expect(try deployment.successful(cleared).object["cleared"] as? Int == 1)
            #expect(try guess(deployment, "owner@example.test") == 401)
            #expect(try guess(deployment, "nobody@example.test") == 429)
            // With those that bound how many refusals are written into the audit log.
            let all = try deployment.successful(["throttle", "clear", "--all", "--json"]).object["cleared"] as? Int
            #expect(all ?? 0 >= 3)
            #expect(try guess(deployment, "nobody@example.test") == 401)
            let events = try deployment.lines(["audit", "export", "--type", "throttle.cleared"])
            #expect(events.count == 2)
        }

        @Test func `the subject is required, and is an account or an address`() throws {
            let deployment = try Deployment(serves: false)
            for wrong in [
                ["show"], ["clear"], ["clear", "--all", "--address", "192.0.2.1"], ["show", "--address", "home"],
            ] {
                #expect(try deployment.postern(["throttle"] + wrong).status == 64)
            }
            #expect(try deployment.postern(["throttle", "show", "--account", "acct_0000000000000000"]).status == 67)
            for address in ["192.0.2.1:80", "[2001:db8::1]:443", "2001:db8::1"] {
                #expect(try deployment.objects(["throttle", "show", "--address", address]).isEmpty)
            }
        }

        @Test func `check names the tokens of programs that cannot say for whom they act`() throws {
            let deployment = try Deployment(serves: false)
            func warning() throws -> String? {
                let warnings = try deployment.postern(["check", "--json"]).object["warnings"] as? [String] ?? []
                return warnings.first { $0.contains("client-address") }
            }
            #expect(try warning() == nil)
            _ = try deployment.makeToken(["login", "client-address"])
            _ = try deployment.makeToken(["accounts:read"])
            #expect(try warning() == nil)
            _ = try deployment.makeToken(["login"])
            _ = try deployment.makeToken(["register"])
            let told = try #require(try warning())
            #expect(told.hasPrefix("2 API tokens") && told.contains("tok_"))
        }

        @Test func `a CGI run holds a failure back as a responder does, where hashes differ`() throws {
            let deployment = try Deployment(serves: false)
            let hash = "$2b$08$abcdefghijklmnopqrstuuxTDvU6Y7fu0xzt7y0VbBUmGEGMIu3Sq"
            _ = try deployment.createAccount("ann@example.test")
            func time(_ email: String) throws -> Duration {
                let start = ContinuousClock.now
                #expect(try guess(deployment, email) == 401)
                return start.duration(to: .now)
            }
            func usual() throws -> Duration {
                try (0..<3).map { _ in try time("nobody@example.test") }.sorted()[1]
            }
            let before = try usual()
            // Several times dearer than the present scheme.
            let dear = hash.replacing("$2b$08$", with: "$2b$13$")
            try deployment.execute("UPDATE account SET password_hash = '\(dear)' WHERE email = 'ann@example.test'")
            let (unknown, known) = (try usual(), try time("ann@example.test"))
            #expect(unknown > before + .milliseconds(200), "\(before) \(unknown)")
            #expect(known > before + .milliseconds(200), "\(before) \(known)")
        }
    }
}
