import Foundation
import Glibc
import Testing

/// The list of breached passwords, from the downloaded files to a refused registration.
extension Integration {
    struct PasswordCommandTests {
        private static let breached = "correct horse battery staple"
        private static let digest = "ABF7AAD6438836DBE526AA231ABDE2D0EEF74D42"
        /// Of no password that is used here.
        private static let other = "0123456789ABCDEF0123456789ABCDEF01234567"

        private let folder: ScratchFolder

        init() throws {
            folder = try ScratchFolder()
        }

        private func write(_ name: String, _ text: String) throws -> String {
            try text.write(toFile: folder.path(name), atomically: true, encoding: .utf8)
            return folder.path(name)
        }

        /// Builds a list; no database and no settings are needed for that.
        private func build(_ source: String, _ more: [String] = [], input: String = "") throws -> Outcome {
            try run(
                Paths.binary,
                ["password", "build-breached", "--from", source, "--into", folder.path("breached"), "--json"] + more,
                input: Data(input.utf8))
        }

        private var size: Int? {
            let attributes = try? FileManager.default.attributesOfItem(atPath: folder.path("breached"))
            return attributes?[.size] as? Int
        }

        private func ranges() throws -> String {
            let ranges = folder.path("ranges")
            try FileManager.default.createDirectory(atPath: ranges, withIntermediateDirectories: true)
            // As PwnedPasswordsDownloader writes them: with the line ends of Windows, and none at the end.
            let suffix = Self.digest.dropFirst(5)
            _ = try write("ranges/01234.txt", "\(Self.other.dropFirst(5)):3")
            _ = try write(
                "ranges/ABF7A.txt",
                "\(String(repeating: "0", count: 35)):0\r\n\(suffix):37\r\n\(String(repeating: "F", count: 35)):1")
            return ranges
        }

        @Test func `a list is built from ranges or from one file, in the order of the digests`() throws {
            let ranges = try ranges()
            let part = try build(ranges)
            #expect(
                part.status == 65
                    && part.errors.contains("lacks 1048574 of 1048576 ranges, the first of them 00000.txt"))
            #expect(size == nil)
            let built = try build(ranges, ["--partial"])
            #expect(built.status == 0, "\(built.errors)")
            #expect(built.object["digests"] as? Int == 3 && size == 32 + 60)
            let often = try build(ranges, ["--partial", "--minimum-count", "3"])
            #expect(often.object["digests"] as? Int == 2 && size == 32 + 40)
            let file = try write("list.txt", "\(Self.other.lowercased()):3\n\(Self.digest):37\n\n")
            let fromRanges = try Data(contentsOf: URL(fileURLWithPath: folder.path("breached")))
            #expect(try build(file).object["digests"] as? Int == 2)
            #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path("breached"))) == fromRanges)
            #expect(try build("-", input: "\(Self.digest):1").object["digests"] as? Int == 1)
        }

        @Test func `a list with a fault is refused with its place, and leaves the old one`() throws {
            #expect(try build("-", input: "\(Self.digest):1").status == 0)
            let cases = [
                ("\(Self.digest):1\n\(Self.other):1", "standard input, line 2: this digest is not greater"),
                ("\(Self.digest):1\n\(Self.digest):1", "line 2: this digest is not greater"),
                ("\(Self.digest.dropFirst(8)):1", "line 1: expected 40 hexadecimal digits"),
                ("\(Self.digest)", "line 1: expected 40"), ("\(Self.digest):", "line 1: expected 40"),
                ("\(Self.digest):1x", "line 1: expected 40"), ("\(Self.digest.dropLast())G:1", "line 1: expected 40"),
                (String(repeating: "0", count: 200), "line 1: expected 40"), ("", "no digest"),
                ("\(Self.digest):99999999999999999999", "line 1: expected 40"),
            ]
            for (text, message) in cases {
                let refused = try build("-", input: text)
                #expect(refused.status == 65 && refused.errors.contains(message), "\(text): \(refused.errors)")
                #expect(size == 52)
            }
            #expect(try build(folder.path("none")).status == 66)
            #expect(try build("-", ["--minimum-count", "0"], input: "\(Self.digest):1").status == 64)
            let nowhere = try run(
                Paths.binary,
                ["password", "build-breached", "--from", "-", "--into", folder.path("none/breached")],
                input: Data("\(Self.digest):1".utf8))
            #expect(nowhere.status == 74 && nowhere.errors.contains("none does not exist: make it"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["breached"])
        }

        @Test func `the command line and the API refuse what is on it, and the words`() throws {
            #expect(try build("-", input: "\(Self.digest):1").status == 0)
            let deployment = try Deployment(
                serves: false,
                settings: [
                    "POSTERN_PASSWORD_BREACHED": folder.path("breached"),
                    "POSTERN_PASSWORD_WORDS": "Aurora, Aurora Labs",
                ])
            func create(_ password: String) throws -> Outcome {
                try deployment.postern(
                    ["account", "create", "--email", "ann@example.test", "--organization", "example"],
                    input: "\(password)\n")
            }
            let refused = try create(Self.breached)
            #expect(
                refused.status == 65 && refused.errors.contains("password: The password has become public in a leak"))
            #expect(try create("aurora2027!").status == 65)
            let body = #"{"email": "ann@example.test", "password": "\#(Self.breached)"}"#
            let registered = try deployment.postern(
                [], input: body,
                environment: [
                    "REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1/auth/register", "CONTENT_TYPE": "application/json",
                    "HTTP_AUTHORIZATION": "Bearer \(deployment.token)",
                ])
            #expect(registered.text.hasPrefix("Status: 400") && registered.text.contains(#""code":"breached""#))
            #expect(try create("northern lights over tromso").status == 0)
        }

        @Test func `a list or key that cannot be used, or words that are none, are faults of the settings`() throws {
            let deployment = try Deployment(serves: false)
            _ = try write("text", "no list, and not the key of a Firebase project either")
            for (key, value, message) in [
                ("POSTERN_PASSWORD_BREACHED", folder.path("none"), "none does not exist"),
                ("POSTERN_PASSWORD_BREACHED", folder.path("text"), "`postern password build-breached`"),
                ("POSTERN_PASSWORD_BREACHED", folder.path, "not a list"),
                ("POSTERN_PASSWORD_WORDS", "aurora, x", "2 to 64 letters"),
                ("POSTERN_FIREBASE_SIGNER_KEY_FILE", folder.path("text"), "base64_signer_key"),
            ] {
                for command in ["check", "serve"] {
                    let refused = try deployment.postern([command], environment: [key: value])
                    #expect(refused.status == 78, "\(key)=\(value)")
                    let said = refused.text + refused.errors
                    #expect(said.contains(message) && said.contains("\(key)=\(value)"), "\(said)")
                }
            }
        }

        @Test func `a key in the place of its file's name is a fault, and nothing prints it`() throws {
            let deployment = try Deployment(serves: false)
            let key = String(repeating: "Ab3/", count: 21) + "Cd=="
            for command in [["check"], ["check", "--all"], ["check", "--json"], ["check", "--settings"], ["serve"]] {
                for value in [key, "/\(key)", folder.path("none")] {
                    let refused = try deployment.postern(
                        command, environment: ["POSTERN_FIREBASE_SIGNER_KEY_FILE": value])
                    let said = refused.text + refused.errors
                    #expect(refused.status == 78 && said.contains("put the key into a file"), "\(command): \(said)")
                    #expect(!said.contains(value), "\(command): \(said)")
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: [true, false])
        func `a list is not built into a pipe that stands beside it`(_ isRead: Bool) throws {
            let source = try write("source", String(repeating: "0", count: 40) + ":1\n")
            let target = folder.path("list")
            #expect(unsafe mkfifo("\(target).new", 0o600) == 0)
            let reader = isRead ? unsafe open("\(target).new", O_RDONLY | O_NONBLOCK) : -1
            defer { if isRead { close(reader) } }
            let refused = try run(Paths.binary, ["password", "build-breached", "--from", source, "--into", target])
            #expect(refused.status == 74)
            #expect(refused.errors.contains("list.new is not a regular file"), "\(refused.errors)")
        }

        @Test func `check names the accounts whose hashes this host cannot check as a fault`() throws {
            let deployment = try Deployment(serves: false)
            #expect(try deployment.postern(["check"]).status == 0)
            try deployment.createAccount("ann@example.test")
            try deployment.execute(
                "UPDATE account SET password_hash = '$firebase-scrypt$ln=14,r=8,ss=Bw$c2FsdA$"
                    + "\(String(repeating: "A", count: 86))' WHERE email = 'ann@example.test'")
            let check = try deployment.postern(["check", "--json"])
            #expect(check.status == 78)
            let faults = try #require(check.object["faults"] as? [String])
            #expect(faults.count == 1 && faults[0].hasPrefix("1 account has a password hash (firebase-scrypt)"))
            #expect(faults[0].contains("POSTERN_FIREBASE_SIGNER_KEY_FILE"))
            let key = try write("key", String(repeating: "A", count: 86) + "==\n")
            let withKey = try deployment.postern(
                ["check", "--json"], environment: ["POSTERN_FIREBASE_SIGNER_KEY_FILE": key])
            #expect(withKey.status == 0, "\(withKey.text)")
            #expect((withKey.object["warnings"] as? [String])?.contains { $0.contains("chmod o-r") } == true)
        }

        @Test func `a process that hashes nothing looks for no library of Argon2id`() throws {
            let deployment = try Deployment(serves: false)
            func loads(_ method: String, _ path: String, input: String = "") throws -> Bool {
                let outcome = try deployment.postern(
                    [], input: input,
                    environment: [
                        "REQUEST_METHOD": method, "PATH_INFO": "/api/v1\(path)", "CONTENT_TYPE": "application/json",
                        "HTTP_AUTHORIZATION": "Bearer \(deployment.token)", "LD_DEBUG": "files",
                    ])
                #expect(outcome.text.hasPrefix("Status: 20"), "\(outcome.text)")
                return outcome.errors.contains("libargon2")
            }
            #expect(try !loads("GET", "/auth/verify"))
            let body = #"{"email": "owner@example.test", "password": "\#(Deployment.ownerPassword)"}"#
            let hasLooked = try loads("POST", "/auth/login", input: body)
            let check = try deployment.postern(["check", "--json"])
            // OpenSSL's own goes first.
            #expect(hasLooked == (check.object["argon2id"] as? String != "OpenSSL"))
        }
    }
}
