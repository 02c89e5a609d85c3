import Foundation
import TestSupport
import Testing

extension Integration {
    /// Ceilings of API tokens and homes of accounts, on the command line.
    struct RightsCommandTests {
        private func answer(_ deployment: Deployment, _ path: String, _ token: String, _ body: String) throws -> String
        {
            try deployment.postern(
                [], input: body,
                environment: [
                    "REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1\(path)", "CONTENT_TYPE": "application/json",
                    "CONTENT_LENGTH": String(body.utf8.count), "HTTP_AUTHORIZATION": "Bearer \(token)",
                ]
            ).text
        }

        @Test func `the next steps of init make a token for the reference's calls, and not the owner's`() throws {
            let deployment = try Deployment(serves: false)
            let other = ["POSTERN_DATABASE": deployment.folder.path("other.sqlite3")]
            let made = try deployment.postern(
                ["init", "--organization", "Aurora Labs", "--owner", "o@aurora.test"], input: "northern lights\n",
                environment: other)
            let steps = made.text.split(separator: "\n").filter { $0.hasPrefix("  postern ") }
            #expect(steps.count == 2)
            var token = ""
            for step in steps {
                let words = step.split(separator: " ").dropFirst().map { String($0) }
                let outcome = try deployment.postern(words, environment: other)
                #expect(outcome.status == 0, "\(step): \(outcome.errors)")
                token = outcome.text.trimmingCharacters(in: .newlines)
            }
            func register(_ role: String) throws -> String {
                let body = #"{"email": "s@aurora.test", "password": "northern lights", "roles": ["\#(role)"]}"#
                return try deployment.postern(
                    [], input: body,
                    environment: [
                        "REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1/auth/register",
                        "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": String(body.utf8.count),
                        "HTTP_AUTHORIZATION": "Bearer \(token)",
                    ].merging(other) { $1 }
                ).text
            }
            #expect(try register("AppOwner").contains("role_not_grantable"))
            #expect(try register("AppAdmin").hasPrefix("Status: 200"))
        }

        @Test func `nobody can log in to an account without a password`() throws {
            let deployment = try Deployment(serves: false)
            let create = ["account", "create", "--email", "app@example.test", "--organization", "example", "--json"]
            let made = try deployment.successful(create + ["--role", "AppAdmin", "--no-password"]).object
            #expect(made["roles"] as? [String] == ["AppAdmin"])
            let body = #"{"email": "app@example.test", "password": "northern lights"}"#
            #expect(try answer(deployment, "/auth/login", deployment.token, body).contains("invalid_credentials"))
        }

        @Test func `a token gets another ceiling, other scopes and another name`() throws {
            let deployment = try Deployment(serves: false)
            let made = try deployment.successful([
                "token", "create", "--account", "owner@example.test", "--name", "old", "--scope", "admin", "--json",
            ]).object
            #expect(made["role_ceiling"] as? String == "AppOwner")
            let (id, token) = (try #require(made["id"] as? String), try #require(made["token"] as? String))
            let body = #"{"email": "s@example.test", "password": "northern lights", "roles": ["AppOwner"]}"#
            let update = ["token", "update", id, "--json"]
            let changed = try deployment.successful(
                update + ["--role-ceiling", "AppAdmin", "--scope", "register", "--name", "app"]
            ).object
            #expect(changed["role_ceiling"] as? String == "AppAdmin")
            #expect(changed["scopes"] as? [String] == ["register"])
            #expect(changed["name"] as? String == "app" && changed["token"] is NSNull)
            #expect(try answer(deployment, "/auth/register", token, body).contains("role_not_grantable"))
            let row = try #require(
                deployment.successful(["token", "list"]).text.split(separator: "\n").first { $0.hasPrefix(id) })
            #expect(row.contains(" AppAdmin "))
            let event = try #require(try deployment.objects(["audit", "list", "--type", "token.updated"]).first)
            #expect(
                event["details"] as? [String: String] == [
                    "changed": "name scopes role_ceiling", "scopes": "register", "role_ceiling": "AppAdmin",
                ])
            #expect(try deployment.postern(update).status == 64)
            #expect(try deployment.postern(update + ["--role-ceiling", "Emperor"]).status == 64)
            #expect(try deployment.postern(["token", "update", "tok_0000000000000000", "--name", "x"]).status == 67)
        }

        @Test func `check names tokens without a ceiling, and organizations that nobody of their own owns`() throws {
            let deployment = try Deployment(serves: false)
            func warnings() throws -> [String] {
                try deployment.successful(["check", "--json"]).object["warnings"] as? [String] ?? []
            }
            #expect(try warnings().allSatisfy { !$0.contains("tok_") && !$0.contains("no active owner") })
            let id = try #require(try deployment.objects(["token", "list"]).first?["id"] as? String)
            try deployment.execute("UPDATE api_token SET role_ceiling = NULL")
            let advice = "postern token update \(id) --role-ceiling"
            #expect(try warnings().contains { $0.contains("owner@example.test") && $0.contains(advice) })
            try deployment.successful(["token", "update", id, "--role-ceiling", "AppOwner"])
            #expect(try warnings().allSatisfy { !$0.contains("tok_") })
            try deployment.successful(["organization", "create", "Other"])
            try deployment.successful([
                "user", "add", "owner@example.test", "--organization", "other", "--role", "AppOwner",
            ])
            #expect(try warnings().contains { $0.contains("the organization other has no active owner") })
        }

        @Test func `a user is removed, but not from its account's home, which is shown`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.createAccount("ann@example.test")
            let other = try deployment.successful(["organization", "create", "Other", "--json"]).object
            try deployment.successful(["user", "add", "ann@example.test", "--organization", "other"])
            let account = try deployment.successful(["account", "show", "ann@example.test", "--json"]).object
            let home = try #require(account["home"] as? String)
            #expect(home != other["id"] as? String)
            #expect(try deployment.successful(["account", "show", "ann@example.test"]).text.contains(home))
            let refused = try deployment.postern(["user", "remove", "ann@example.test", "--organization", "example"])
            #expect(refused.status == 65)
            #expect(refused.errors.contains("erase"))
            let remove = ["user", "remove", "ann@example.test", "--organization", "other", "--json"]
            #expect(try deployment.successful(remove).object["removed"] as? Bool == true)
            #expect(try deployment.postern(remove).status == 67)
            #expect(try deployment.objects(["user", "list", "--organization", "other"]).isEmpty)
            #expect(try deployment.objects(["audit", "list", "--type", "user.removed"]).count == 1)
        }
    }
}
