import Foundation
import Testing

extension Integration {
    struct OrganizationCommandTests {
        @Test func `organizations are made, shown and listed`() throws {
            let deployment = try Deployment(serves: false)
            let made = try deployment.successful(["organization", "create", "Aurora Labs, Tromsø", "--json"]).object
            #expect(made["slug"] as? String == "aurora-labs-troms")
            #expect(made["auto_join_enabled"] as? Bool == false)
            #expect(made["email_regex"] is NSNull)
            let id = try #require(made["id"] as? String)
            #expect(try deployment.successful(["organization", "show", id]).text.contains("Aurora Labs, Tromsø"))
            let taken = try deployment.postern(["organization", "create", "X", "--slug", "aurora-labs-troms"])
            #expect(taken.status == 65)
            #expect(taken.errors.contains("--slug"))
            #expect(try deployment.postern(["organization", "create", "X", "--slug", "No Slug"]).status == 65)
            #expect(try deployment.postern(["organization", "create", "Ø"]).status == 64)
            let slugs = try deployment.objects(["organization", "list"]).compactMap { $0["slug"] as? String }
            #expect(slugs.sorted() == ["aurora-labs-troms", "example"])
            let own = try deployment.objects(["organization", "list", "--account", "owner@example.test"])
            #expect(own.map { $0["slug"] as? String } == ["example"])
            #expect(try deployment.postern(["organization", "show", "nowhere"]).status == 67)
        }

        @Test func `every setting of an organization is changed and taken away`() throws {
            let deployment = try Deployment(serves: false)
            let update = ["organization", "update", "example", "--json"]
            var changed = try deployment.successful(
                update + [
                    "--name", "Example & Sons", "--display-name", "Examples", "--auto-join", "true", "--default-role",
                    "AppGuest", "--email-regex", ".*@example[.]test",
                ]
            ).object
            #expect(changed["name"] as? String == "Example & Sons")
            #expect(changed["display_name"] as? String == "Examples")
            #expect(changed["auto_join_enabled"] as? Bool == true)
            #expect(changed["default_role"] as? String == "AppGuest")
            #expect(changed["email_regex"] as? String == ".*@example[.]test")
            changed = try deployment.successful(update + ["--display-name", "", "--email-regex", ""]).object
            #expect(changed["display_name"] is NSNull)
            #expect(changed["email_regex"] is NSNull)
            #expect(changed["auto_join_enabled"] as? Bool == true)
            let shown = try deployment.successful(["organization", "show", "example", "--json"]).object
            #expect(shown["name"] as? String == "Example & Sons")
            #expect(shown["slug"] as? String == "example")
        }

        @Test func `an organization is deleted with its users, and those who are nowhere else are let in no more`()
            throws
        {
            let deployment = try Deployment(serves: false)
            let other = try deployment.successful(["organization", "create", "Other", "--json"]).object
            let id = try #require(other["id"] as? String)
            try deployment.createAccount("ann@example.test", in: "other")
            try deployment.createAccount("bob@example.test", in: "other")
            try deployment.createAccount("sue@example.test", roles: ["AppMember", "SuperAdmin"], in: "other")
            try deployment.successful(["user", "add", "bob@example.test", "--organization", "example"])
            let token = try deployment.makeToken(["login"], account: "ann@example.test")
            let sessions = try ["ann", "bob", "sue"].map {
                try deployment.logIn("\($0)@example.test", password: Deployment.password)
            }
            let delete = ["organization", "delete", "other"]
            let unsure = try deployment.postern(delete)
            #expect(unsure.status == 64)
            #expect(
                unsure.errors.contains("give --yes") && unsure.errors.contains("Usage: postern organization delete"))
            let deleted = try deployment.successful(delete + ["--yes", "--json"]).object
            #expect(deleted["users"] as? Int == 3 && deleted["api_tokens"] as? Int == 1)
            #expect(deleted["deactivated_accounts"] as? Int == 1)
            #expect(try deployment.postern(delete + ["--yes"]).status == 67)
            #expect(try sessions.map { try deployment.status(of: $0, by: .cgi) } == [401, 200, 200])
            #expect(try deployment.status(of: token, by: .cgi) == 401)
            let ann = try deployment.successful(["account", "show", "ann@example.test", "--json"]).object
            #expect(ann["state"] as? String == "Inactive" && ann["home"] is NSNull)
            #expect((ann["users"] as? [Any])?.isEmpty == true)
            let log = try deployment.objects(["audit", "list", "--organization", id])
            #expect(log.first?["type"] as? String == "organization.deleted")
            #expect(
                log.first?["details"] as? [String: String] == [
                    "slug": "other", "users": "3", "tokens": "1", "deactivated": "1",
                ])
            #expect(log.contains { $0["type"] as? String == "token.revoked" })
            let last = try deployment.postern(["organization", "delete", "example", "--yes"])
            #expect(last.status == 65 && last.errors.contains("only organization"))
        }

        @Test func `invalid values of an organization are refused`() throws {
            let deployment = try Deployment(serves: false)
            let update = ["organization", "update", "example"]
            #expect(try deployment.postern(update).status == 64)
            #expect(try deployment.postern(update + ["--auto-join", "perhaps"]).status == 64)
            for (option, value) in [
                ("--name", " "), ("--default-role", "Admin"), ("--email-regex", "("), ("--email-regex", #"(a)\1"#),
            ] {
                #expect(try deployment.postern(update + [option, value]).status == 65, "\(option) \(value)")
            }
            #expect(try deployment.postern(["organization", "update", "nowhere", "--name", "X"]).status == 67)
        }
    }
}
