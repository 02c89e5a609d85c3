import Foundation
import Testing

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
            #expect(inside.status == 65 && inside.text.hasPrefix("line 2: "))
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
            #expect(told.count == 5)
            #expect(told[0].hasPrefix("line 3: password_hash: This is no hash"))
            #expect(told[1] == "line 4: ann@example.test: email: Line 1 has this email address already.")
            #expect(told[2] == "line 5: The line has more than 65536 bytes.")
            #expect(told[3].hasPrefix("line 6: owner@example.test: email: There is an account"))
            #expect(told[4].hasPrefix("Nothing was imported: 4 lines are refused, 1 are valid."))
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
            #expect(refused[0]["email"] is NSNull)
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
