import Foundation
import Testing

/// A credential that one process revokes is refused by another at the next request.
extension Integration {
    struct RevocationTests {
        @Test func `the running responder refuses a session that the command line ended`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.createAccount("ann@example.test")
            try deployment.serve()
            let session = try deployment.logIn("ann@example.test", password: Deployment.password, by: .responder)
            let other = try deployment.logIn("owner@example.test", password: Deployment.ownerPassword, by: .responder)
            #expect(try deployment.status(of: session, by: .responder) == 200)
            let id = try #require(
                deployment.objects(["session", "list", "ann@example.test"]).first?["id"] as? String)
            try deployment.successful(["session", "end", "ann@example.test", id])
            #expect(try deployment.status(of: session, by: .responder) == 401)
            #expect(try deployment.status(of: session, by: .cgi) == 401)
            #expect(try deployment.status(of: other, by: .responder) == 200)
            try deployment.successful(["session", "end-all", "owner@example.test"])
            #expect(try deployment.status(of: other, by: .responder) == 401)
        }

        @Test func `the running responder refuses a token that the command line revoked`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.serve()
            let kept = try deployment.makeToken(["login"])
            #expect(try deployment.status(of: kept, by: .responder) == 200)
            let listed = try deployment.objects(["token", "list"])
            let id = try #require(listed.first { $0["scopes"] as? [String] == ["login"] }?["id"] as? String)
            try deployment.successful(["token", "revoke", id])
            #expect(try deployment.status(of: kept, by: .responder) == 401)
            #expect(try deployment.status(of: deployment.token, by: .responder) == 200)
            // A token that replaces the others of its account.
            let only = try #require(
                deployment.successful([
                    "token", "create", "--account", "owner@example.test", "--name", "only", "--scope", "login",
                    "--revoke-existing", "--json",
                ]).object["token"] as? String)
            #expect(try deployment.status(of: deployment.token, by: .responder) == 401)
            #expect(try deployment.status(of: only, by: .responder) == 200)
        }

        @Test func `the running responder refuses all credentials of an account that is deactivated or erased`() throws
        {
            let deployment = try Deployment(serves: false)
            try deployment.createAccount("ann@example.test")
            try deployment.createAccount("bob@example.test")
            try deployment.serve()
            for (name, command) in [
                ("ann@example.test", ["account", "update", "ann@example.test", "--state", "Inactive"]),
                ("bob@example.test", ["account", "erase", "bob@example.test", "--yes"]),
            ] {
                let session = try deployment.logIn(name, password: Deployment.password, by: .responder)
                let token = try deployment.makeToken(["login"], account: name)
                #expect(try deployment.status(of: session, by: .responder) == 200)
                #expect(try deployment.status(of: token, by: .responder) == 200)
                try deployment.successful(command)
                #expect(try deployment.status(of: session, by: .responder) == 401)
                #expect(try deployment.status(of: token, by: .responder) == 401)
                #expect(throws: Deployment.Failure.self) {
                    try deployment.logIn(name, password: Deployment.password, by: .responder)
                }
            }
            // An ended session stays ended.
            try deployment.successful(["account", "update", "ann@example.test", "--state", "Active"])
            #expect(try deployment.objects(["session", "list", "ann@example.test"]).isEmpty)
            #expect(try deployment.objects(["token", "list", "--account", "ann@example.test"]).isEmpty)
        }

        @Test func `the running responder refuses tokens of a user that is deactivated, until it is active again`()
            throws
        {
            let deployment = try Deployment(serves: false)
            try deployment.createAccount("ann@example.test")
            try deployment.serve()
            let token = try deployment.makeToken(["login"], account: "ann@example.test")
            let place = ["ann@example.test", "--organization", "example"]
            #expect(try deployment.status(of: token, by: .responder) == 200)
            try deployment.successful(["user", "deactivate"] + place)
            #expect(try deployment.status(of: token, by: .responder) == 401)
            try deployment.successful(["user", "activate"] + place)
            #expect(try deployment.status(of: token, by: .responder) == 200)
        }

        @Test func `the running responder knows the new roles at the next request`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.createAccount("ann@example.test")
            try deployment.serve()
            let session = try deployment.logIn("ann@example.test", password: Deployment.password, by: .responder)
            func status() throws -> Int {
                try deployment.request("GET", "/app/user", bearer: session, by: .responder).status
            }
            #expect(try status() == 403)
            try deployment.successful(["account", "update", "ann@example.test", "--role", "AppAdmin"])
            #expect(try status() == 200)
            try deployment.successful(
                ["user", "update", "ann@example.test", "--role", "AppMember", "--organization", "example"])
            #expect(try status() == 403)
        }
    }
}
