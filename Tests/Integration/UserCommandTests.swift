import Foundation
import Testing

extension Integration {
    struct UserCommandTests {
        @Test func `an account is made a member, changed and listed`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.createAccount("ann@example.test")
            try deployment.successful(["organization", "create", "Other"])
            let place = ["--organization", "other"]
            let added = try deployment.successful(["user", "add", "ann@example.test", "--json"] + place).object
            #expect(added["roles"] as? [String] == ["AppMember"])
            #expect(added["name"] as? String == "ann")
            let id = try #require(added["id"] as? String)
            let twice = try deployment.postern(["user", "add", "ann@example.test"] + place)
            #expect(twice.status == 65)
            #expect(twice.errors.contains("member"))
            let changed = try deployment.successful(
                ["user", "update", id, "--role", "AppAdmin", "--name", "Annie", "--json"] + place
            ).object
            #expect(changed["roles"] as? [String] == ["AppAdmin"])
            #expect(changed["name"] as? String == "Annie")
            let listed = try deployment.objects(["user", "list"] + place)
            #expect(listed.map { $0["id"] as? String } == [id])
            #expect(listed.map { $0["name"] as? String } == ["Annie"])
            for name in [id, "ann@example.test"] {
                let text = try deployment.successful(["user", "show", name] + place).text
                #expect(text.contains("Annie") && text.contains("AppAdmin"))
            }
            // The membership elsewhere, and the account, are as before.
            let here = try deployment.successful(
                ["user", "show", "ann@example.test", "--organization", "example", "--json"])
            #expect(here.object["roles"] as? [String] == ["AppMember"])
            #expect(here.object["name"] as? String == "ann")
        }

        @Test func `a membership is switched off and on`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.createAccount("ann@example.test")
            let place = ["ann@example.test", "--organization", "example", "--json"]
            #expect(try deployment.successful(["user", "deactivate"] + place).object["state"] as? String == "Inactive")
            #expect(try deployment.successful(["user", "show"] + place).object["state"] as? String == "Inactive")
            #expect(try deployment.successful(["user", "activate"] + place).object["state"] as? String == "Active")
            let account = try deployment.successful(["account", "show", "ann@example.test", "--json"]).object
            #expect(account["state"] as? String == "Active")
        }

        @Test func `an unknown user is not found, and roles of the installation are refused`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.successful(["organization", "create", "Other"])
            let owner = try #require(
                deployment.objects(["user", "list", "--organization", "example"]).first?["id"] as? String)
            for name in ["owner@example.test", owner, "user_0000000000000000", "nobody@example.test"] {
                #expect(try deployment.postern(["user", "show", name, "--organization", "other"]).status == 67)
            }
            #expect(try deployment.postern(["user", "list", "--organization", "nowhere"]).status == 67)
            #expect(try deployment.postern(["user", "list"]).status == 64)
            let add = ["user", "add", "owner@example.test", "--organization", "other"]
            #expect(try deployment.postern(add + ["--role", "SuperAdmin"]).status == 65)
            #expect(try deployment.postern(add + ["--role", "Emperor"]).status == 64)
            #expect(try deployment.postern(["user", "update", owner, "--organization", "example"]).status == 64)
        }
    }
}
