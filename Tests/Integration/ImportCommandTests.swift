import Foundation
import Testing

private let memoryObstacle = FaultyDisk.obstacle(.memory(64))

extension Integration {
    struct ImportCommandTests {
        /// Of `correct horse battery staple`, by htpasswd -B of Apache 2.4.71.
        private static let hash = "$2y$07$HLklJEQ1L0JCs2Lv57OZvO1PSKUGOKLPwZMqdQPYQItulzDYntG92"

        private func line(_ email: String) -> String {
            #"{"email": "\#(email)", "password_hash": "\#(Self.hash)"}"#
        }

        private func take(
            _ deployment: Deployment, _ text: String, _ more: [String] = []
        ) throws -> Outcome {
            try deployment.postern(["account", "import", "-", "--organization", "example"] + more, input: text)
        }

        private func emails(_ deployment: Deployment) throws -> [String] {
            try deployment.objects(["account", "list"]).compactMap { $0["email"] as? String }
        }

        @Test func `a file is imported, whatever ends its lines, and its people log in`() throws {
            let deployment = try Deployment(serves: false)
            let path = deployment.folder.path("people.jsonl")
            let text = line("ann@example.test") + "\r\n\n  \n" + line("bob@example.test")
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            let outcome = try deployment.postern(["account", "import", path, "--organization", "example"])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.text == "Imported 2 accounts, refused 0 lines.\n")
            for person in ["ann@example.test", "bob@example.test"] {
                let body = #"{"email": "\#(person)", "password": "correct horse battery staple"}"#
                let login = try deployment.postern(
                    [], input: body,
                    environment: [
                        "REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1/auth/login", "CONTENT_TYPE": "application/json",
                        "HTTP_AUTHORIZATION": "Bearer \(deployment.token)",
                    ])
                #expect(login.text.hasPrefix("Status: 200"))
            }
        }

        @Test func `a byte order mark before the first line is not part of it, and one elsewhere is a fault`() throws {
            let deployment = try Deployment(serves: false)
            let mark = "\u{FEFF}"
            let outcome = try take(deployment, mark + line("ann@example.test") + "\n" + line("bob@example.test"))
            #expect(outcome.text == "Imported 2 accounts, refused 0 lines.\n")
            #expect(try take(deployment, mark).text == "Imported 0 accounts, refused 0 lines.\n")
            let inside = try take(deployment, mark + "\n" + mark + line("cid@example.test"))
            #expect(inside.status == 65 && inside.text.contains("    line 2\n"))
            #expect(try take(deployment, mark + mark + line("cid@example.test")).status == 65)
        }

        @Test func `a file with a fault changes nothing, and every fault is told`() throws {
            let deployment = try Deployment(serves: false)
            let text = [
                line("ann@example.test"), "", #"{"email": "bob@example.test", "password_hash": "plain"}"#,
                line("ann@example.test"), #"{"x": "\#(String(repeating: "x", count: 70_000))"}"#,
                line("owner@example.test"),
            ].joined(separator: "\n")
            let outcome = try take(deployment, text)
            #expect(outcome.status == 65)
            let told = outcome.text.split(separator: "\n")
            #expect(told.count == 9)
            #expect(told[0].hasPrefix("1 line: password_hash: This is no hash"))
            #expect(told[1] == "    line 3: bob@example.test")
            #expect(told[2] == "1 line: email: Line 1 has this email address already.")
            #expect(told[3] == "    line 4: ann@example.test")
            #expect(told[4...5] == ["1 line: The line has more than 65536 bytes.", "    line 5"])
            #expect(told[6].hasPrefix("1 line: email: There is an account"))
            #expect(told[7] == "    line 6: owner@example.test")
            #expect(told[8].hasPrefix("Nothing was imported: 4 lines refused, 1 valid."))
            #expect(try emails(deployment) == ["owner@example.test"])
        }

        @Test func `scripts get it as JSON, and may take what fits`() throws {
            let deployment = try Deployment(serves: false)
            let text = line("ann@example.test") + "\n{\n" + line("bob@example.test")
            let dry = try take(deployment, text, ["--dry-run", "--json"])
            #expect(dry.status == 65)
            #expect(dry.object["accepted"] as? Int == 2)
            #expect(dry.object["added"] as? Int == 0)
            #expect(try emails(deployment) == ["owner@example.test"])
            let outcome = try take(deployment, text, ["--keep-going", "--json"])
            #expect(outcome.status == 65)
            #expect(outcome.object["added"] as? Int == 2)
            let refused = try #require(outcome.object["refused"] as? [[String: Any]])
            #expect(refused.map { $0["line"] as? Int } == [2])
            #expect(refused[0]["email"] is NSNull && refused[0]["external_id"] is NSNull)
            let reasons = try #require(outcome.object["reasons"] as? [[String: Any]])
            #expect(reasons.map { $0["code"] as? String } == ["malformed_json"])
            #expect(reasons.map { $0["count"] as? Int } == [1])
            let errors = try #require(refused[0]["errors"] as? [[String: Any]])
            #expect(errors.map { $0["code"] as? String } == ["malformed_json"])
            #expect(try Set(emails(deployment)) == ["owner@example.test", "ann@example.test", "bob@example.test"])
        }

        @Test func `thousands of lines are imported with progress reports, and refused the second time`() throws {
            let deployment = try Deployment(serves: false)
            let text = (1...12_000).map { line("n\($0)@example.test") + "\n" }.joined()
            let outcome = try take(deployment, text)
            #expect(outcome.status == 0)
            #expect(outcome.text == "Imported 12000 accounts, refused 0 lines.\n")
            #expect(outcome.errors == "10000 lines read, 0 refused\nwriting\n")
            let again = try take(deployment, text, ["--json"])
            #expect(again.status == 65)
            #expect((again.object["refused"] as? [Any])?.count == 12_000)
            let check = try deployment.postern(["check", "--json"])
            #expect(check.object["warnings"] as? [String] == [])
        }

        private static let django = """
            [{"model": "auth.user", "pk": 7, "fields": {"username": "ann", "email": "ann@example.test",
              "password": "bcrypt$\(hash)", "is_active": false, "last_login": null,
              "date_joined": "2019-07-31T08:15:00Z"}},
             {"model": "auth.group", "pk": 1, "fields": {"name": "staff"}},
             {"model": "auth.user", "pk": 8, "fields": {"username": "bob", "password": "!unusable",
              "last_login": null}},
             {"model": "site.signup", "pk": 1, "fields": {"email": "di@example.test", "password": "!pending"}}]
            """

        private func importDjango(_ deployment: Deployment, _ more: [String]) throws -> Outcome {
            try deployment.postern(["account", "import", "--from", "django", "-"] + more, input: Self.django)
        }

        @Test func `an export comes over into the only organization, and old identifiers map to new ones`() throws {
            let deployment = try Deployment(serves: false)
            let (map, report) = (deployment.folder.path("map.csv"), deployment.folder.path("report.csv"))
            let outcome = try importDjango(deployment, ["--keep-going", "--map", map, "--report", report])
            #expect(outcome.status == 65)
            #expect(
                outcome.text == """
                    1 record: email: The account has no email address: --domain makes one of its user name.
                        record 3: 8
                    Imported 1 account, refused 1 record. Skipped 2 records that are no accounts.

                    """)
            let ann = try deployment.postern(["account", "show", "--external-id", "7", "--json"]).object
            #expect(ann["email"] as? String == "ann@example.test" && ann["state"] as? String == "Inactive")
            #expect(ann["external_id"] as? String == "7")
            #expect(ann["created_at"] as? String == "2019-07-31T08:15:00Z")
            let id = try #require(ann["id"] as? String)
            #expect(
                try String(contentsOfFile: map, encoding: .utf8)
                    == "external_id,account_id,email\n7,\(id),ann@example.test\n")
            let refused = try String(contentsOfFile: report, encoding: .utf8)
            #expect(refused.hasPrefix("record,email,external_id,field,code,detail\n3,,8,email,required,"))
            for path in [map, report] {
                #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
            }
            #expect(try deployment.postern(["account", "show", "--external-id", "8"]).status == 67)
        }

        @Test func `no spreadsheet takes a text of the report for a formula, and the map has it as it is`() throws {
            let deployment = try Deployment(serves: false)
            let (map, report) = (deployment.folder.path("map.csv"), deployment.folder.path("report.csv"))
            func line(_ id: String, _ hash: String) -> String {
                let email = "\(id.filter(\.isLetter))@example.test"
                return #"{"email": "\#(email)", "password_hash": \#(hash), "external_id": "\#(id)"}"#
            }
            let ids = ["=A", "+B", "-C", "@D", "E=1"]
            let text = ids.map { line($0, "null") } + ids.map { line($0.lowercased() + "x", "7") }
            let options = ["--keep-going", "--map", map, "--report", report, "--json"]
            let outcome = try take(deployment, text.joined(separator: "\n"), options)
            #expect(outcome.object["refused_count"] as? Int == 5, "\(outcome.errors)")
            let refused = try String(contentsOfFile: report, encoding: .utf8).split(separator: "\n").dropFirst()
            #expect(
                refused.map { $0.split(separator: ",", omittingEmptySubsequences: false)[2] }
                    == ["'=ax", "'+bx", "'-cx", "'@dx", "e=1x"])
            let mapped = try String(contentsOfFile: map, encoding: .utf8).split(separator: "\n").dropFirst()
            #expect(mapped.map { $0.prefix { $0 != "," } } == ["=A", "+B", "-C", "@D", "E=1"])
        }

        @Test(.disabled(if: memoryObstacle != nil, Comment(rawValue: memoryObstacle ?? "")))
        func `nothing is imported where the report cannot be written`() throws {
            let deployment = try Deployment(serves: false)
            let disk = try FaultyDisk(.memory(64))
            let report = "\(disk.path)/report.csv"
            let lines = (0..<2000).map { _ in "{" } + [line("ann@example.test")]
            let outcome = try take(
                deployment, lines.joined(separator: "\n"), ["--keep-going", "--report", report])
            #expect(outcome.status == 74 && outcome.errors.contains("no space is left"), "\(outcome.errors)")
            #expect(try emails(deployment) == ["owner@example.test"])
        }

        @Test func `a map is written only of what was imported, and never over another file`() throws {
            let deployment = try Deployment(serves: false)
            let map = deployment.folder.path("map.csv")
            #expect(try importDjango(deployment, ["--map", map]).status == 65)
            #expect(!FileManager.default.fileExists(atPath: map))
            try Data("mine".utf8).write(to: URL(fileURLWithPath: map))
            let outcome = try importDjango(deployment, ["--domain", "example.test", "--map", map])
            #expect(outcome.status == 74 && outcome.errors.contains("\(map) exists already"))
            #expect(try String(contentsOfFile: map, encoding: .utf8) == "mine")
            #expect(try emails(deployment) == ["owner@example.test"])
            let link = deployment.folder.path("link.csv")
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/nowhere/map.csv")
            let linked = try importDjango(deployment, ["--domain", "example.test", "--map", link])
            #expect(linked.status == 74 && linked.errors.contains("\(link) exists already"))
            let missing = try importDjango(deployment, ["--domain", "example.test", "--map", "/nowhere/map.csv"])
            #expect(missing.status == 74)
            #expect(try emails(deployment) == ["owner@example.test"])
            let other = deployment.folder.path("other.csv")
            let done = try importDjango(deployment, ["--domain", "example.test", "--map", other, "--id-prefix", "a:"])
            #expect(done.status == 0)
            #expect(done.text.hasPrefix("Imported 2 accounts (1 without a password), refused 0 records."))
            #expect(try String(contentsOfFile: other, encoding: .utf8).contains("\na:8,acct_"))
            let left = try FileManager.default.contentsOfDirectory(atPath: deployment.folder.path)
            #expect(!left.contains { $0.hasSuffix(".part") })
        }

        @Test func `where there are several organizations one must be named, and that is told once`() throws {
            let deployment = try Deployment(serves: false)
            _ = try deployment.postern(["organization", "create", "Other"])
            let outcome = try importDjango(deployment, ["--domain", "example.test"])
            #expect(outcome.status == 64)
            #expect(outcome.errors.contains("several organizations (example, other)"))
            let named = try importDjango(deployment, ["--domain", "example.test", "--organization", "other"])
            #expect(named.status == 0)
            // Each line of JSON may name its own.
            let text = line("cy@example.test") + "\n" + line("di@example.test")
            let lines = try deployment.postern(["account", "import", "-"], input: text)
            #expect(lines.text.hasPrefix("2 lines: organization: No organization is given"))
        }

        @Test(arguments: [
            ["--from", "nonsense"], ["--domain", "example.test"], ["--from", "django", "--domain", "a b"],
            ["--user-name-is-address"], ["--from", "firebase"], ["--from", "django", "--hash-config", "/dev/null"],
            ["--dry-run", "--map", "/tmp/never.csv"],
        ])
        func `options that make no sense are refused before anything is read`(_ options: [String]) throws {
            let deployment = try Deployment(serves: false)
            #expect(try deployment.postern(["account", "import", "-"] + options).status == 64)
        }

        @Test(arguments: [("ldif", ""), ("ldif", ImportCommandTests.django), ("htpasswd", "\n"), ("auth0", "")])
        func `an export without an account is taken for another file`(_ format: String, _ text: String) throws {
            let deployment = try Deployment(serves: false)
            let map = deployment.folder.path("map.csv")
            let outcome = try deployment.postern(
                ["account", "import", "-", "--from", format, "--map", map], input: text)
            #expect(outcome.status == 65 && outcome.errors.contains("standard input: is it an export of \(format)?"))
            #expect(!FileManager.default.fileExists(atPath: map))
        }

        @Test func `parameters of hashes that are none are refused`() throws {
            let deployment = try Deployment(serves: false)
            let options = ["account", "import", "-", "--from", "firebase", "--hash-config"]
            #expect(try deployment.postern(options + ["/dev/null"]).status == 65)
            #expect(try deployment.postern(options + ["/nowhere"]).status == 66)
        }

        @Test func `a file that cannot be read and an unknown organization are reported`() throws {
            let deployment = try Deployment(serves: false)
            let none = try deployment.postern(["account", "import", "/nowhere", "--organization", "example"])
            #expect(none.status == 66)
            #expect(none.errors.contains("/nowhere"))
            let folder = try deployment.postern(["account", "import", "/", "--organization", "example"])
            #expect(folder.status == 66)
            #expect(folder.errors == "postern: / is a directory: name a file\n")
            let elsewhere = try deployment.postern(["account", "import", "-", "--organization", "nowhere"])
            #expect(elsewhere.status == 67)
            let empty = try take(deployment, "")
            #expect(empty.status == 0)
            #expect(empty.text == "Imported 0 accounts, refused 0 lines.\n")
        }
    }
}
