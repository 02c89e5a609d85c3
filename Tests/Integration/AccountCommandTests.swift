import Foundation
import Testing

extension Integration {
    struct AccountCommandTests {
        @Test func `an account is shown with its users, for people and for scripts`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.createAccount("ann@example.test", roles: ["AppAdmin", "Developer"])
            let shown = try deployment.successful(["account", "show", "ann@example.test", "--json"]).object
            #expect(shown["email"] as? String == "ann@example.test")
            #expect(shown["state"] as? String == "Active")
            #expect(shown["roles"] as? [String] == ["AppAdmin", "Developer"])
            #expect(shown["must_change_password"] as? Bool == false)
            #expect((shown["users"] as? [[String: Any]])?.first?["roles"] as? [String] == ["AppAdmin"])
            let id = try #require(shown["id"] as? String)
            let text = try deployment.successful(["account", "show", id]).text
            for part in [id, "ann@example.test", "Active", "Developer", "AppAdmin", "user_"] {
                #expect(text.contains(part), "\(part)")
            }
            let unknown = try deployment.postern(["account", "show", "nobody@example.test"])
            #expect(unknown.status == 67)
            #expect(unknown.errors.contains("nobody@example.test"))
        }

        @Test func `the list holds every account, however many, or those asked for`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.addAccounts(230)
            try deployment.successful(["account", "update", "n7@example.test", "--state", "Inactive"])
            let all = try deployment.objects(["account", "list"]).compactMap { $0["email"] as? String }
            #expect(all.count == 231)
            #expect(Set(all).count == 231)
            let table = try deployment.successful(["account", "list"]).text.split(separator: "\n")
            #expect(table.count == 232)
            #expect(table.count { $0.hasPrefix("ID ") } == 1)
            let inactive = try deployment.objects(["account", "list", "--state", "Inactive"])
            #expect(inactive.compactMap { $0["email"] as? String } == ["n7@example.test"])
            try deployment.successful(["organization", "create", "Other"])
            try deployment.successful(["user", "add", "n9@example.test", "--organization", "other"])
            let others = try deployment.objects(["account", "list", "--organization", "other"])
            #expect(others.compactMap { $0["email"] as? String } == ["n9@example.test"])
            #expect(try deployment.postern(["account", "list", "--organization", "nowhere"]).status == 67)
            #expect(try deployment.postern(["account", "list", "--state", "Asleep"]).status == 64)
        }

        @Test func `accounts are found by a part of their address or name, in either case`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.addAccounts(230)
            try deployment.createAccount("Anna.Larsson@example.test")
            try deployment.successful(["account", "update", "anna.larsson@example.test", "--name", "Åsa [L]"])
            func found(_ arguments: [String]) throws -> [String] {
                try deployment.objects(["account", "list"] + arguments).compactMap { $0["email"] as? String }
            }
            for text in ["LARSSON@", "åSA", "[l]", "a [", " anna.l "] {
                #expect(try found(["--search", text]) == ["Anna.Larsson@example.test"], "\(text)")
            }
            for text in ["*", "?", "n_1@", "%"] { #expect(try found(["--search", text]).isEmpty, "\(text)") }
            #expect(try found(["--search", "N1", "--organization", "example"]).count == 111)
            #expect(try found(["--search", "n1", "--limit", "101"]).count == 101)
            #expect(try found(["--limit", "3"]).count == 3)
            for (arguments, status) in [
                (["--limit", "0"], 64), (["--limit", "x"], 64), (["--search", " "], 65),
                (["--search", String(repeating: "a", count: 101)], 65),
            ] as [([String], Int32)] {
                #expect(try deployment.postern(["account", "list"] + arguments).status == status, "\(arguments)")
            }
        }

        @Test func `name and address are changed, and what the account has stays`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.createAccount("ann@example.test")
            try deployment.createAccount("bob@example.test")
            let session = try deployment.logIn("ann@example.test", password: Deployment.password)
            let change = ["account", "update", "ann@example.test"]
            for taken in ["bob@example.test", "BOB@EXAMPLE.test"] {
                let refused = try deployment.postern(change + ["--email", taken])
                #expect(refused.status == 65 && refused.errors.contains("exists already"), "\(refused.errors)")
            }
            let wrong = try deployment.postern(change + ["--email", "nowhere", "--name", " "])
            #expect(wrong.status == 65 && wrong.errors.contains("email:") && wrong.errors.contains("name:"))
            let changed = try deployment.successful(
                change + ["--email", "ann.miller@example.test", "--name", "Ann Miller", "--json"]
            ).object
            #expect(changed["email"] as? String == "ann.miller@example.test")
            #expect(changed["name"] as? String == "Ann Miller")
            #expect((changed["users"] as? [[String: Any]])?.first?["name"] as? String == "Ann Miller")
            #expect(try deployment.status(of: session, by: .cgi) == 200)
            _ = try deployment.logIn("ann.miller@example.test", password: Deployment.password)
            #expect(throws: Deployment.Failure.self) {
                try deployment.logIn("ann@example.test", password: Deployment.password)
            }
            #expect(try deployment.postern(["account", "show", "ann@example.test"]).status == 67)
            let event = try #require(try deployment.objects(["audit", "list", "--type", "account.changed"]).first)
            #expect(event["details"] as? [String: String] == ["changed": "name email"])
            let log = try deployment.successful(["audit", "export"]).text
            #expect(!log.contains("ann.miller") && !log.contains("Ann Miller"))
        }

        @Test func `roles and state are changed, and what is not named stays`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.createAccount("ann@example.test")
            let change = ["account", "update", "ann@example.test", "--json"]
            var changed = try deployment.successful(change + ["--role", "AppAdmin", "--role", "Developer"]).object
            #expect(changed["roles"] as? [String] == ["AppAdmin", "Developer"])
            changed = try deployment.successful(change + ["--state", "Inactive"]).object
            #expect(changed["roles"] as? [String] == ["AppAdmin", "Developer"])
            #expect(changed["state"] as? String == "Inactive")
            changed = try deployment.successful(change + ["--state", "Active", "--role", "AppGuest"]).object
            #expect(changed["roles"] as? [String] == ["AppGuest"])
            #expect(changed["state"] as? String == "Active")
            #expect(try deployment.postern(["account", "update", "ann@example.test"]).status == 64)
            #expect(try deployment.postern(change + ["--role", "Emperor"]).status == 64)
        }

        @Test func `roles of a member of several organizations belong to the one that is named`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.createAccount("ann@example.test")
            try deployment.successful(["organization", "create", "Other"])
            let change = ["account", "update", "ann@example.test", "--role", "AppAdmin", "--organization"]
            let stranger = try deployment.postern(change + ["other"])
            #expect(stranger.status == 67)
            #expect(stranger.errors.contains("postern user add"))
            try deployment.successful(["user", "add", "ann@example.test", "--organization", "other"])
            let ambiguous = try deployment.postern(change.dropLast())
            #expect(ambiguous.status == 64)
            #expect(ambiguous.errors.contains("--organization"))
            try deployment.successful(change + ["other"])
            let users = try deployment.objects(["user", "list", "--organization", "other"])
            #expect(users.map { $0["roles"] as? [String] } == [["AppAdmin"]])
            let here = try deployment.successful(
                ["user", "show", "ann@example.test", "--organization", "example", "--json"])
            #expect(here.object["roles"] as? [String] == ["AppMember"])
        }

        @Test func `the last owner is neither demoted, deactivated nor erased`() throws {
            let deployment = try Deployment(serves: false)
            let owner = "owner@example.test"
            for arguments in [
                ["account", "update", owner, "--role", "AppMember"],
                ["account", "update", owner, "--state", "Inactive"],
                ["account", "erase", owner, "--yes"], ["user", "deactivate", owner, "--organization", "example"],
                ["user", "update", owner, "--role", "AppAdmin", "--organization", "example"],
            ] {
                let refused = try deployment.postern(arguments)
                #expect(refused.status == 65)
                #expect(refused.errors.contains("without an active owner"))
            }
            let shown = try deployment.successful(["account", "show", owner, "--json"]).object
            #expect(shown["roles"] as? [String] == ["AppOwner"])
            #expect(shown["state"] as? String == "Active")
        }

        @Test func `a new password is printed once, ends the sessions, and must be changed`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.createAccount("ann@example.test")
            let session = try deployment.logIn("ann@example.test", password: Deployment.password)
            #expect(try deployment.status(of: session, by: .cgi) == 200)
            let reset = try deployment.successful(["account", "reset-password", "ann@example.test"])
            let password = reset.text.trimmingCharacters(in: .newlines)
            #expect(password.count == 20)
            #expect(!reset.errors.contains(password))
            #expect(try deployment.status(of: session, by: .cgi) == 401)
            _ = try deployment.logIn("ann@example.test", password: password)
            #expect(throws: Deployment.Failure.self) {
                try deployment.logIn("ann@example.test", password: Deployment.password)
            }
            let shown = try deployment.successful(["account", "show", "ann@example.test", "--json"]).object
            #expect(shown["must_change_password"] as? Bool == true)
            let again = try deployment.successful(["account", "reset-password", "ann@example.test", "--json"]).object
            #expect((again["new_password"] as? String)?.count == 20)
            #expect(again["new_password"] as? String != password)
        }

        @Test func `erasing an account asks for confirmation`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.createAccount("ann@example.test")
            let id = try #require(
                deployment.successful(["account", "show", "ann@example.test", "--json"]).object["id"] as? String)
            let erase = ["account", "erase", "ann@example.test"]
            let unsure = try deployment.postern(erase, input: "yes\n")
            #expect(unsure.status == 64)
            #expect(unsure.errors.contains("--yes"))
            let refused = try deployment.onTerminal(erase, typing: "no\n")
            #expect(refused.status == 65)
            #expect(refused.text.contains("Erase the account \(id)"))
            #expect(try deployment.postern(["account", "show", id]).status == 0)
            #expect(try deployment.onTerminal(erase, typing: "yes\n").status == 0)
            #expect(try deployment.postern(["account", "show", id]).status == 67)
            // The log knows the identifier, and no longer the address.
            let log = try deployment.lines(["audit", "export", "--account", id])
            #expect(log.first?["type"] as? String == "account.erased")
            #expect(try !deployment.successful(["audit", "export"]).text.contains("ann@example.test"))
            #expect(try deployment.postern(["account", "erase", id, "--yes"]).status == 67)
        }
    }
}

extension Deployment {
    /// Runs a command with a terminal as standard input, output and error.
    fileprivate func onTerminal(_ arguments: [String], typing text: String) throws -> Outcome {
        let command = ([Paths.binary] + arguments).map { "'\($0)'" }.joined(separator: " ")
        return try run(
            "script", ["--quiet", "--return", "--command", command, "/dev/null"], environment: environment,
            input: Data(text.utf8))
    }
}
