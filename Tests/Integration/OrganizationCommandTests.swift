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
