import Foundation
import Testing

extension Integration {
    struct CommandTests {
        @Test func `init makes the database once, for this user alone, and is repeated without harm`() throws {
            let deployment = try Deployment(serves: false)
            let again = try deployment.postern(["init", "--json"])
            #expect(again.status == 0)
            #expect(again.object["created"] as? Bool == false)
            let path = deployment.folder.path("postern.sqlite3")
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }

        @Test func `init on a database with an organization says which options it ignored`() throws {
            let deployment = try Deployment(serves: false)
            let again = try deployment.postern([
                "init", "--organization", "Second", "--owner", "other@example.test", "--owner-name", "O",
            ])
            #expect(again.status == 65)
            #expect(again.text.contains("is up to date"))
            #expect(again.errors.contains("--organization, --owner, --owner-name ignored"), "\(again.errors)")
            #expect(try deployment.count("organization") == 1 && deployment.count("account") == 1)
            let both = try deployment.postern(["init", "--schema-only", "--slug", "x"])
            #expect(both.status == 64 && both.errors.contains("leave --slug out"))
        }

        @Test func `init on an empty database asks for what it needs`() throws {
            let deployment = try Deployment(serves: false)
            let other = ["POSTERN_DATABASE": deployment.folder.path("other.sqlite3")]
            let bare = try deployment.postern(["init"], environment: other)
            #expect(bare.status == 64)
            #expect(bare.errors.contains("--organization"))
            #expect(!FileManager.default.fileExists(atPath: deployment.folder.path("other.sqlite3")))
            let weak = try deployment.postern(
                ["init", "--organization", "X", "--owner", "no address"], input: "short\n", environment: other)
            #expect(weak.status == 65)
            #expect(weak.errors.contains("email:") && weak.errors.contains("password:"))
            let none = try deployment.postern(["init", "--organization", "X", "--owner", "a@b"], environment: other)
            #expect(none.status == 65)
            #expect(none.errors.contains("standard input"))
            #expect(!FileManager.default.fileExists(atPath: deployment.folder.path("other.sqlite3")))
        }

        @Test func `init can make the tables alone, and the organization later`() throws {
            let deployment = try Deployment(serves: false)
            let other = ["POSTERN_DATABASE": deployment.folder.path("other.sqlite3")]
            for isNew in [true, false] {
                let made = try deployment.postern(["init", "--schema-only", "--json"], environment: other)
                #expect(made.status == 0, "\(made.errors)")
                #expect(made.object["created"] as? Bool == isNew)
            }
            let check = try deployment.postern(["check", "--json"], environment: other)
            #expect((check.object["faults"] as? [String])?.contains { $0.contains("no organization yet") } == true)
            let filled = try deployment.postern(
                ["init", "--organization", "X", "--owner", "a@b.test"], input: "northern lights\n", environment: other)
            #expect(filled.status == 0, "\(filled.errors)")
            let again = try deployment.postern(["init", "--schema-only"], environment: other)
            #expect(again.status == 0, "\(again.errors)")
            #expect(try deployment.postern(["account", "list"], environment: other).text.contains("a@b.test"))
        }

        @Test func `accounts are created and listed, for people and for scripts`() throws {
            let deployment = try Deployment(serves: false)
            let arguments = ["account", "create", "--email", "ann@example.test", "--organization", "example"]
            let made = try deployment.postern(
                arguments + ["--role", "AppAdmin", "--given-name", "Ann", "--json"], input: "northern lights\n")
            #expect(made.status == 0, "\(made.errors)")
            #expect(made.object["roles"] as? [String] == ["AppAdmin"])
            #expect(made.object["name"] as? String == "Ann")
            let odd = "\u{3}odd\tpass\rword "
            let bob = ["account", "create", "--email", "bob@example.test", "--organization", "example"]
            #expect(try deployment.postern(bob, input: odd + "\r\n").status == 0)
            let body = try JSONSerialization.data(withJSONObject: ["email": "bob@example.test", "password": odd])
            let login = try deployment.postern(
                [], input: String(decoding: body, as: UTF8.self),
                environment: [
                    "REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1/auth/login", "CONTENT_TYPE": "application/json",
                    "HTTP_AUTHORIZATION": "Bearer \(deployment.token)",
                ])
            #expect(login.text.hasPrefix("Status: 200"))
            let twice = try deployment.postern(arguments, input: "northern lights\n")
            #expect(twice.status == 65)
            let table = try deployment.postern(["account", "list"]).text
            #expect(table.contains("ann@example.test") && table.contains("owner@example.test"))
            #expect(table.hasPrefix("ID "))
            let elsewhere = try deployment.postern(
                ["account", "create", "--email", "b@example.test", "--organization", "nowhere"],
                input: "northern lights\n")
            #expect(elsewhere.status == 67)
        }

        @Test func `a token is printed once, listed without itself, and revoked`() throws {
            let deployment = try Deployment(serves: false)
            let made = try deployment.postern([
                "token", "create", "--account", "owner@example.test", "--name", "robot", "--scope", "login", "--scope",
                "register",
            ])
            let token = made.text.trimmingCharacters(in: .newlines)
            #expect(token.hasPrefix("pst_") && token.count == 53)
            let listed = try deployment.postern(["token", "list", "--json"])
            #expect(!listed.text.contains(token))
            let tokens = try #require(try JSONSerialization.jsonObject(with: listed.output) as? [[String: Any]])
            let robot = try #require(tokens.first { $0["name"] as? String == "robot" })
            #expect(robot["token"] is NSNull)
            #expect(robot["scopes"] as? [String] == ["register", "login"])
            let id = try #require(robot["id"] as? String)

            func logout() throws -> String {
                try deployment.postern(
                    [],
                    environment: [
                        "REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1/auth/logout",
                        "HTTP_AUTHORIZATION": "Bearer \(token)",
                    ]
                ).text
            }
            #expect(try logout().hasPrefix("Status: 200"))
            #expect(try deployment.postern(["token", "revoke", id]).status == 0)
            #expect(try logout().hasPrefix("Status: 401"))
            #expect(try deployment.postern(["token", "revoke", id]).status == 67)
            #expect(try deployment.postern(["token", "revoke", "rubbish"]).status == 64)
            let past = try deployment.postern([
                "token", "create", "--account", "owner@example.test", "--name", "x", "--scope", "login",
                "--valid-until",
                "2020-01-01T00:00:00Z",
            ])
            #expect(past.status == 65)
            let noSuchDay = try deployment.postern([
                "token", "create", "--account", "owner@example.test", "--name", "x", "--scope", "login",
                "--valid-until", "2099-02-30T00:00:00Z",
            ])
            #expect(noSuchDay.status == 64)
        }

        @Test func `a token that was found in clear is revoked by itself, read from standard input`() throws {
            let deployment = try Deployment(serves: false)
            func make(_ arguments: [String] = [], environment: [String: String] = [:]) throws -> Outcome {
                let create = ["token", "create", "--account", "owner@example.test", "--name", "x", "--scope", "login"]
                return try deployment.postern(create + arguments, environment: environment)
            }
            for end in ["", "\n", " \r\n", "\nmore"] {
                let made = try make(["--json"]).object
                let (id, token) = (try #require(made["id"] as? String), try #require(made["token"] as? String))
                let revoked = try deployment.postern(["token", "revoke", "-", "--json"], input: " " + token + end)
                #expect(revoked.status == 0, "\(revoked.errors)")
                #expect(revoked.object["id"] as? String == id)
                #expect(!(revoked.text + revoked.errors).contains(token))
                #expect(try deployment.postern(["token", "revoke", "-"], input: token).status == 67)
            }
            let token = try make().text.trimmingCharacters(in: .newlines)
            for rubbish in [
                "", "rubbish", String(token.dropLast()), "pss_" + token.dropFirst(4), "tok_0000000000000000",
            ] {
                let refused = try deployment.postern(["token", "revoke", "-"], input: rubbish + "\n")
                #expect(refused.status == 65)
                #expect(refused.errors.contains("is not an API token"))
            }
            #expect(try deployment.postern(["token", "revoke", token]).status == 64)
            // Ten minutes at the most, as long as the setting says so.
            let short = ["POSTERN_TOKEN_MAX_LIFETIME": "10m"]
            #expect(try make(["--json"], environment: short).object["valid_until"] is String)
            #expect(try make(["--valid-until", "2100-01-01T00:00:00Z"], environment: short).status == 65)
            #expect(try make(["--json"]).object["valid_until"] is NSNull)
            for wrong in ["", "1s", "never", "-1d", "36501d"] {
                #expect(try make(environment: ["POSTERN_TOKEN_MAX_LIFETIME": wrong]).status == 78, "\(wrong)")
            }
        }

        @Test func `check warns of what several organizations mean for protected locations`() throws {
            let deployment = try Deployment(serves: false)
            func warnings() throws -> [String] {
                let check = try deployment.postern(["check", "--json"])
                #expect(check.status == 0, "\(check.text)")
                return check.object["warnings"] as? [String] ?? []
            }
            #expect(try !warnings().contains { $0.contains("organizations") })
            #expect(try deployment.postern(["organization", "create", "Second", "--slug", "second"]).status == 0)
            #expect(try warnings().contains { $0.hasPrefix("there are 2 organizations: ") && $0.contains("org=") })
        }

        @Test func `a wrong configuration is refused with all its faults at once`() throws {
            let deployment = try Deployment(serves: false)
            try "POSTERN_WORKERS=none\nPOSTERN_TYPO=1\nno assignment\n".write(
                toFile: deployment.folder.path("postern.env"), atomically: true, encoding: .utf8)
            let more = [
                "POSTERN_LISTEN": "nonsense", "POSTERN_PASSWORD_HASH": "scrypt:ln=10,r=8,p=1", "POSTERN_OTHER": "x",
                "POSTERN_SESSION_LIFETIME": "5", "POSTERN_BASE_PATH": "api", "POSTERN_SESSION_IDLE_TIMEOUT": "4m",
                "POSTERN_AUDIT_RETENTION": "1h", "POSTERN_PUBLIC_URL": "http://auth.example.org",
            ]
            for command in [["serve"], ["account", "list"], ["check"]] {
                let refused = try deployment.postern(command, environment: more)
                #expect(refused.status == 78)
                for part in [
                    "POSTERN_WORKERS", "POSTERN_TYPO", "line 3", "POSTERN_LISTEN", "POSTERN_PASSWORD_HASH",
                    "POSTERN_OTHER",
                    "POSTERN_SESSION_LIFETIME", "POSTERN_BASE_PATH", "POSTERN_SESSION_IDLE_TIMEOUT",
                    "POSTERN_AUDIT_RETENTION", "POSTERN_PUBLIC_URL",
                ] {
                    #expect((refused.errors + refused.text).contains(part), "\(command) \(part)")
                }
            }
        }

        @Test func `the environment goes before the file, and check tells where each setting comes from`() throws {
            let deployment = try Deployment(serves: false)
            try "POSTERN_WORKERS=3\nPOSTERN_HASH_QUEUE=\"7\" \n; comment\n".write(
                toFile: deployment.folder.path("postern.env"), atomically: true, encoding: .utf8)
            let check = try deployment.postern(["check", "--json"], environment: ["POSTERN_WORKERS": "5"])
            #expect(check.status == 0, "\(check.text)")
            let settings = try #require(check.object["settings"] as? [[String: Any]])
            func setting(_ key: String) -> [String] {
                let found = settings.first { $0["key"] as? String == key }
                return [found?["value"] as? String ?? "", found?["origin"] as? String ?? ""]
            }
            #expect(setting("POSTERN_WORKERS") == ["5", "environment"])
            #expect(setting("POSTERN_HASH_QUEUE") == ["7", deployment.folder.path("postern.env")])
            #expect(setting("POSTERN_BASE_PATH") == ["/api/v1", "default"])
        }

        @Test func `check warns of an idle timeout that no session lives to see`() throws {
            let deployment = try Deployment(serves: false)
            func warnings(_ idleTimeout: String) throws -> String {
                let check = try deployment.postern(
                    ["check"],
                    environment: [
                        "POSTERN_SESSION_IDLE_TIMEOUT": idleTimeout, "POSTERN_SESSION_LIFETIME": "1d",
                        "POSTERN_AUDIT_RETENTION": "forever",
                    ])
                #expect(check.status == 0)
                #expect(check.text.contains("POSTERN_SESSION_IDLE_TIMEOUT=\(idleTimeout)  (environment)"))
                #expect(check.text.contains("POSTERN_AUDIT_RETENTION=forever"))
                return check.text.split(separator: "\n").filter { $0.hasPrefix("warning: POSTERN_SESSION") }.joined()
            }
            #expect(try warnings("24h").isEmpty)
            #expect(try warnings("25h").contains("longer than POSTERN_SESSION_LIFETIME"))
        }

        @Test func `a session ends by its idle timeout`() throws {
            let deployment = try Deployment(serves: false)
            let session = try deployment.logIn("owner@example.test", password: Deployment.ownerPassword)
            try deployment.execute("UPDATE session SET last_seen = last_seen - 1000")
            func status(_ idleTimeout: String) throws -> String {
                try deployment.postern(
                    [],
                    environment: [
                        "REQUEST_METHOD": "GET", "PATH_INFO": "/api/v1/auth/session",
                        "HTTP_AUTHORIZATION": "Bearer \(session)", "POSTERN_SESSION_IDLE_TIMEOUT": idleTimeout,
                    ]
                ).text
            }
            #expect(try status("15m").hasPrefix("Status: 401"))
            #expect(try status("20m").hasPrefix("Status: 200"))
        }

        @Test func `a settings file from Windows is read line by line`() throws {
            let deployment = try Deployment(serves: false)
            try "# comment\r\nPOSTERN_WORKERS=3\r\nPOSTERN_BOGUS=1\r\nPOSTERN_WORKERS=4\r\n".write(
                toFile: deployment.folder.path("postern.env"), atomically: true, encoding: .utf8)
            let refused = try deployment.postern(["check"])
            #expect(refused.status == 78)
            #expect(refused.text.contains("POSTERN_BOGUS is unknown"))
            #expect(refused.text.contains("line 4: POSTERN_WORKERS is set twice"))
        }

        @Test func `check finds what would keep the responder from listening`() throws {
            let deployment = try Deployment(serves: false)
            for (key, value) in [
                ("POSTERN_LISTEN", "unix:/nowhere/at/all/p.sock"), ("POSTERN_SOCKET_GROUP", "no-such-group"),
                ("POSTERN_SOCKET_MODE", "+777"), ("POSTERN_BASE_PATH", "/a/../b"),
            ] {
                #expect(try deployment.postern(["check"], environment: [key: value]).status == 78, "\(key)")
                #expect(try deployment.postern(["serve"], environment: [key: value]).status == 78, "\(key)")
            }
        }

        @Test func `a token that could not be printed is not left behind`() throws {
            let deployment = try Deployment(serves: false)
            let command =
                "\(Paths.binary) token create --account owner@example.test --name lost --scope login >/dev/full"
            let lost = try run("sh", ["-c", command], environment: deployment.environment)
            #expect(lost.status == 74)
            #expect(lost.errors.contains("standard output"))
            #expect(try !deployment.postern(["token", "list"]).text.contains("lost"))
            let gone = try run(
                "bash", ["-c", "set -o pipefail; \(Paths.binary) check | true"], environment: deployment.environment)
            #expect([0, 74].contains(gone.status))
            #expect(!gone.errors.contains("Fatal"))
        }

        @Test func `help is there for every command, and a wrong word ends with 64`() throws {
            let commands = [
                [], ["init"], ["serve"], ["check"], ["account"], ["account", "create"], ["account", "list"],
                ["account", "show"], ["account", "update"], ["account", "reset-password"],
                ["account", "factor", "list"], ["account", "factor", "add-totp"], ["account", "factor", "reset"],
                ["account", "erase"],
                ["user"], ["user", "list"], ["user", "show"], ["user", "add"], ["user", "update"],
                ["user", "activate"],
                ["user", "deactivate"], ["user", "remove"], ["organization"], ["organization", "create"],
                ["organization", "list"],
                ["organization", "show"], ["organization", "update"], ["organization", "delete"], ["session"],
                ["session", "list"],
                ["session", "end"], ["session", "end-all"], ["prune"], ["token"], ["token", "create"],
                ["token", "list"], ["token", "update"], ["token", "revoke"], ["audit"], ["audit", "list"],
                ["audit", "export"],
                ["audit", "prune"],
            ]
            for command in commands {
                let help = try run(Paths.binary, command + ["--help"])
                #expect(help.status == 0)
                #expect(help.text.contains("USAGE: postern"))
            }
        }

        @Test(arguments: [
            (["frobnicate"], "postern has no command frobnicate: the commands are serve, init, check, account, "),
            (["acount", "list"], "postern has no command acount: did you mean account?"),
            (["account", "lsit", "--json"], "postern account has no command lsit: did you mean list?"),
            (["account", "a\u{1B}[1m\nb"], #"postern account has no command a\u001b[1m\u000ab: the commands are "#),
        ])
        func `a mistyped command ends with 64, and names the one that was meant`(
            _ arguments: [String], _ message: String
        ) throws {
            let refused = try run(Paths.binary, arguments)
            #expect(refused.status == 64)
            #expect(refused.errors.hasPrefix("Error: \(message)"), "\(refused.errors)")
            #expect(refused.errors.contains("Usage: postern"))
        }

        @Test func `a failure tells a name with a line end in one line`() throws {
            let refused = try run(Paths.binary, ["restore", "/nowhere/a\nb\u{1B}[2J.backup"])
            #expect(refused.status != 0)
            #expect(refused.errors.split(separator: "\n").count == 1, "\(refused.errors)")
            #expect(refused.errors.contains(#"/nowhere/a\u000ab\u001b[2J.backup"#), "\(refused.errors)")
        }

        @Test func `serving without a database says what to do`() throws {
            let folder = try ScratchFolder()
            let refused = try run(
                Paths.binary, ["serve"], environment: ["POSTERN_DATABASE": folder.path("none.sqlite3")])
            #expect(refused.status == 78)
            #expect(refused.errors.contains("postern init"))
        }
    }
}
