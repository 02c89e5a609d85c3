import Cryptography
import Foundation
import Glibc
import Testing

extension Integration {
    /// `postern key`, and the setting that names the file.
    struct KeyCommandTests {
        private let folder: ScratchFolder
        private var path: String { folder.path("keys") }

        init() throws { folder = try ScratchFolder() }

        private func key(
            _ arguments: String..., setting: String? = nil, credentials: String? = nil
        ) throws -> Outcome {
            var environment = ["POSTERN_CONFIG": "/dev/null"]
            environment["POSTERN_KEY_FILE"] = setting
            environment["CREDENTIALS_DIRECTORY"] = credentials
            return try run(Paths.binary, ["key"] + arguments, environment: environment)
        }

        /// Makes a file, and returns the identifier of its key.
        private func create() throws -> String {
            try #require(try key("create", "--file", path, "--json").object["key"] as? String)
        }

        private func ids() throws -> [String] { try KeyFile.read(path).keys.map { "\($0.id)" } }

        private func write(_ text: String) throws {
            try? FileManager.default.removeItem(atPath: path)
            try text.write(toFile: path, atomically: false, encoding: .utf8)
            try #require(unsafe chmod(path, 0o400) == 0)
        }

        @Test func `a key is made, added, put into use, and the old one removed once no row needs it`() throws {
            let first = try create()
            #expect(try ids() == [first])
            let second = try #require(try key("add", "--json", setting: path).object["key"] as? String)
            #expect(try ids() == [first, second], "it is read only")
            let deployment = try Deployment(serves: false, settings: ["POSTERN_KEY_FILE": path])
            func rows() throws -> [Int] { try deployment.objects(["key", "list"]).compactMap { $0["rows"] as? Int } }
            #expect(try rows() == [0, 0])
            // The first failed login makes the secret of the counters.
            let login = Deployment.registration("owner@example.test", password: "wrong and long")
            #expect(
                try deployment.request("POST", "/auth/login", bearer: deployment.token, body: login, by: .cgi).status
                    == 401)
            #expect(try rows() == [1, 0])
            let listed = try deployment.successful(["key", "list"]).text
            #expect(listed.contains("\(first)  ") && listed.contains("in use") && listed.contains("read only"))
            #expect(try deployment.postern(["key", "remove", first]).status == 65, "it is in use")
            let stale = try String(contentsOfFile: path, encoding: .utf8)
            #expect(try deployment.postern(["key", "use", second]).status == 0)
            #expect(try ids() == [second, first])
            let refused = try deployment.postern(["key", "remove", first])
            #expect(refused.status == 65 && refused.errors.contains("1 row needs \(first)"))
            #expect(try deployment.postern(["prune"]).status == 0)
            #expect(try rows() == [1, 0])
            #expect(try deployment.postern(["key", "remove", first]).status == 0)
            #expect(try ids() == [second])
            try checkStale(stale, of: deployment, first, second)
            let attempts = try deployment.objects(["throttle", "show", "--account", "owner@example.test"])
            #expect(attempts.contains { $0["counter"] as? String == "account" && $0["attempts"] as? Int == 1 })
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["keys"])
        }

        /// A process that has the keys from before their new order seals nothing by the one that was removed, and says
        /// so.
        private func checkStale(
            _ keys: String, of deployment: Deployment, _ first: String, _ second: String
        ) throws {
            let other = deployment.folder.path("stale-keys")
            try keys.write(toFile: other, atomically: false, encoding: .utf8)
            try #require(unsafe chmod(other, 0o400) == 0)
            let stale = ["POSTERN_KEY_FILE": other]
            let add = ["account", "factor", "add-totp", "owner@example.test"]
            let refused = try deployment.postern(add, environment: stale)
            #expect(refused.status == 78, "\(refused.errors)")
            #expect(refused.errors.contains("the key \(first), which seals here, was removed from the key file"))
            let checked = try deployment.postern(["check"], environment: stale)
            #expect(checked.status == 78 && checked.text.contains("the key in use, \(first), was removed by"))
            #expect(try deployment.count("factor") == 0)
            #expect(try deployment.postern(add).status == 0)
            let rows = try deployment.objects(["key", "list"])
            #expect(rows.compactMap { $0["rows"] as? Int } == [3], "\(rows)")
        }

        @Test func `a key is not removed where nobody can tell whether a row needs it`() throws {
            let first = try create()
            let second = try #require(try key("add", "--json", setting: path).object["key"] as? String)
            let deployment = try Deployment(serves: false, settings: ["POSTERN_KEY_FILE": path])
            let nowhere = ["POSTERN_DATABASE": folder.path("none.sqlite3")]
            let refused = try deployment.postern(["key", "remove", second], environment: nowhere)
            #expect(refused.status == 78 && refused.errors.contains("there is no database"))
            #expect(refused.errors.contains("\(second) is not removed, since nobody can tell"))
            #expect(try ids() == [first, second])
            let listed = try deployment.postern(["key", "list", "--json"], environment: nowhere)
            #expect(listed.status == 0 && listed.errors.contains("the rows are not counted: there is no database"))
            let keys = try JSONSerialization.jsonObject(with: listed.output) as? [[String: Any]]
            #expect(keys?.count == 2 && keys?.allSatisfy { $0["rows"] is NSNull } == true)
        }

        @Test func `without the keys a command that needs them says so, and check names what they open`() throws {
            let first = try create()
            let deployment = try Deployment(serves: false, settings: ["POSTERN_KEY_FILE": path])
            let login = Deployment.registration("owner@example.test", password: "wrong and long")
            #expect(
                try deployment.request("POST", "/auth/login", bearer: deployment.token, body: login, by: .cgi).status
                    == 401)
            let checked = try deployment.postern(["check", "--json"])
            #expect((checked.object["sealed_rows"] as? [String: Int]) == [first: 1])
            let none = ["POSTERN_KEY_FILE": ""]
            for arguments in [["show"], ["clear"]] {
                let outcome = try deployment.postern(
                    ["throttle"] + arguments + ["--address", "192.0.2.1"], environment: none)
                #expect(outcome.status == 78 && outcome.errors.contains("name the key file in POSTERN_KEY_FILE"))
            }
            #expect(try deployment.postern(["throttle", "clear", "--all"], environment: none).status == 0)
            let unseen = try deployment.postern(["check"], environment: none).text
            #expect(unseen.contains("keys: none here") && unseen.contains("sealed by \(first): 1 row"))
            // Another file, without that key.
            try FileManager.default.removeItem(atPath: path)
            _ = try create()
            let lacking = try deployment.postern(["check"])
            #expect(lacking.status == 78 && lacking.text.contains("1 row needs the key \(first), which is not in the"))
            #expect(try deployment.postern(["throttle", "show", "--address", "192.0.2.1"]).status == 78)
        }

        @Test func `no output shows a key`() throws {
            _ = try create()
            let secret = try #require(
                try String(contentsOfFile: path, encoding: .utf8).split(whereSeparator: \.isWhitespace).last)
            for arguments in [["list"], ["list", "--json"], ["add"], ["add", "--json"]] {
                let outcome = try run(
                    Paths.binary, ["key"] + arguments,
                    environment: ["POSTERN_CONFIG": "/dev/null", "POSTERN_KEY_FILE": path])
                #expect(outcome.status == 0 && !(outcome.text + outcome.errors).contains(secret))
            }
        }

        @Test func `each failure has its exit code`() throws {
            let first = try create()
            #expect(try key("create", "--file", path).status == 74, "there is one already")
            #expect(try key("create", "--file", folder.path("none/keys")).status == 74)
            #expect(try key("use", "key_0000000000000001", setting: path).status == 67)
            #expect(try key("remove", "key_0000000000000001", setting: path).status == 67)
            #expect(try key("use", "key_1", setting: path).status == 64)
            #expect(try key("list").status == 78, "none is named")
            #expect(try key("add", setting: folder.path("none")).status == 78)
            #expect(try key("add", "--file", folder.path("none")).status == 66)
            try FileManager.default.createDirectory(atPath: path + ".new", withIntermediateDirectories: false)
            #expect(try key("add", "--file", path).status == 74, "it cannot be written")
            try FileManager.default.removeItem(atPath: path + ".new")
            let editor = try KeyFileEditor(path: path)
            #expect(try key("add", setting: path).status == 75, "another command is changing it")
            _ = consume editor
            for _ in 1..<KeyFile.mostKeys { #expect(try key("add", setting: path).status == 0) }
            let full = try key("add", setting: path)
            #expect(full.status == 65 && full.errors.contains("\(path): a key file has at most 16 keys"))
            #expect(try ids().first == first)
            let text = try String(contentsOfFile: path, encoding: .utf8)
            try write(text + "\n")
            let wrong = try key("list", setting: path)
            #expect(wrong.status == 78 && wrong.errors.contains("line \(KeyFile.mostKeys + 2) is not understood"))
            #expect(try key("list", "--file", path).status == 66)
        }

        /// A command that is killed at any moment, before and after the file gets its name.
        @Test func `a command that is killed leaves a whole file, from before or from after`() throws {
            let start = ContinuousClock.now
            _ = try create()
            let length = ContinuousClock.now - start
            var outcomes: Set<Bool> = []
            var step = 0
            // Ever later, until some came too early and some too late.
            while step < 40 || outcomes.count < 2 && ContinuousClock.now < start + .seconds(60) {
                if try ids().count == KeyFile.mostKeys {
                    try FileManager.default.removeItem(atPath: path)
                    _ = try create()
                }
                let before = try ids()
                let process = Process()
                process.standardOutput = FileHandle.nullDevice
                process.standardError = FileHandle.nullDevice
                try startAdding(process)
                usleep(UInt32(Double(length / .microseconds(1)) * 1.5 * Double(step) / 40))
                step += 1
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                let after = try ids()
                #expect(after == before || after.count == before.count + 1 && Array(after.dropLast()) == before)
                outcomes.insert(after == before)
            }
            #expect(outcomes == [true, false], "the kills came all too early, or all too late")
            #expect(try key("add", setting: path).status == 0 || ids().count == KeyFile.mostKeys)
            let rest = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(rest == ["keys"], "the next command takes away what was left")
        }

        private func startAdding(_ process: Process) throws {
            try start(
                process, Paths.binary, ["key", "add"], ["POSTERN_CONFIG": "/dev/null", "POSTERN_KEY_FILE": path])
        }

        @Test func `a file that cannot be used keeps a responder from starting, and no command that needs no keys`()
            throws
        {
            _ = try create()
            let deployment = try Deployment(serves: false, settings: ["POSTERN_KEY_FILE": path])
            #expect(try deployment.postern(["check", "--settings"]).status == 0)
            try #require(unsafe chmod(path, 0o440) == 0)
            let checked = try deployment.postern(["check", "--settings"])
            #expect(checked.status == 78 && checked.text.contains("has the mode 0440"))
            let served = try deployment.postern(["serve"])
            #expect(served.status == 78 && served.errors.contains("has the mode 0440"))
            #expect(try deployment.postern(["account", "list"]).status == 0)
            let cgi = ["REQUEST_METHOD": "GET", "PATH_INFO": "/api/v1/auth/session"]
            #expect(try deployment.postern([], environment: cgi).text.hasPrefix("Status: 401"))
            // systemd gives 0440, and sees to it that nobody else reads it.
            let credentials = ["CREDENTIALS_DIRECTORY": folder.path]
            #expect(try deployment.postern(["check", "--settings"], environment: credentials).status == 0)
        }

        @Test func `a file without keys stands for none where systemd puts it, and nowhere else`() throws {
            try write("postern-keys 1\n")
            let deployment = try Deployment(serves: false, settings: ["POSTERN_KEY_FILE": path])
            let checked = try deployment.postern(["check", "--settings"])
            #expect(
                checked.status == 78 && checked.text.contains("it has no key: remove the file, and make another one"))
            let credentials = ["CREDENTIALS_DIRECTORY": folder.path]
            let started = try deployment.postern(["check", "--json"], environment: credentials)
            #expect(started.status == 0 && started.object["keys"] as? [String] == [])
            let facts = try deployment.postern(["check"], environment: credentials).text
            #expect(facts.contains("keys: none here, and without them there are no factors by TOTP"))
        }

        @Test func `what may be a key itself is never shown`() throws {
            let mistaken = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
            let deployment = try Deployment(serves: false, settings: ["POSTERN_KEY_FILE": mistaken])
            for arguments in [["check"], ["check", "--all"], ["check", "--json"], ["serve"]] {
                let outcome = try deployment.postern(arguments)
                #expect(outcome.status == 78)
                #expect(!outcome.text.contains(mistaken) && !outcome.errors.contains(mistaken))
                #expect((outcome.text + outcome.errors).contains("43 bytes are not an absolute path"))
            }
        }

        @Test func `a key in place of a path makes no file, and is shown by no command`() throws {
            let mistaken = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
            for arguments in [["create"], ["list"], ["add"], ["use", "key_0000000000000001"]] {
                func run(_ more: [String], _ environment: [String: String]) throws -> Outcome {
                    try IntegrationTests.run(
                        "env", ["-C", folder.path, Paths.binary, "key"] + arguments + more,
                        environment: environment.merging(["POSTERN_CONFIG": "/dev/null"]) { $1 })
                }
                let set = try run([], ["POSTERN_KEY_FILE": mistaken])
                let given = try run(["--file", mistaken], [:])
                #expect(
                    set.status == 78 && set.errors.contains("POSTERN_KEY_FILE: its 43 bytes are not an absolute path"))
                #expect(given.status == 66 && given.errors.contains("--file: its 43 bytes are not an absolute path"))
                for outcome in [set, given] { #expect(!(outcome.text + outcome.errors).contains(mistaken)) }
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
        }

        /// Has a responder read its settings again, and returns its log since.
        private func reload(_ deployment: Deployment, until words: String) throws -> String {
            let before = try String(contentsOfFile: deployment.log, encoding: .utf8).utf8.count
            kill(deployment.responderID, SIGHUP)
            for _ in 0..<2400 {
                let log = try String(contentsOfFile: deployment.log, encoding: .utf8)
                let new = String(decoding: log.utf8.dropFirst(before), as: UTF8.self)
                if new.contains(words) { return new }
                usleep(25_000)
            }
            throw Deployment.Failure(what: "the log never said \(words)")
        }

        @Test func `a reload takes new keys, and a file that is wrong leaves the old ones`() throws {
            let first = try create()
            let deployment = try Deployment(settings: ["POSTERN_KEY_FILE": path])
            #expect(try String(contentsOfFile: deployment.log, encoding: .utf8).contains(" keys=\(first)"))
            func reload(until words: String) throws -> String { try self.reload(deployment, until: words) }
            #expect(try reload(until: "reloaded").contains("changed=nothing keys=\(first)"))
            let added = try #require(try key("add", "--json", setting: path).object["key"] as? String)
            #expect(try reload(until: "reloaded").contains("changed=POSTERN_KEY_FILE keys=\"\(first) \(added)\""))
            #expect(try key("use", added, setting: path).status == 0)
            #expect(try reload(until: "reloaded").contains("changed=POSTERN_KEY_FILE keys=\"\(added) \(first)\""))
            let good = try String(contentsOfFile: path, encoding: .utf8)
            try write(String(good.dropLast()))
            #expect(try reload(until: "not reloaded: ").contains("\n") == true)
            let log = try String(contentsOfFile: deployment.log, encoding: .utf8)
            #expect(log.contains("line 3 is not understood: it has no end"))
            // The keys from before are in use: with the same file again, nothing has changed.
            try write(good)
            #expect(try reload(until: "reloaded ").contains("changed=nothing"))
            #expect(deployment.stopResponder() == 0)
        }

        @Test(.enabled(if: geteuid() == 0, "only root can become another user"))
        func `a reload by a user who may not read the file keeps its keys, and takes all other settings`() throws {
            let first = try create()
            let deployment = try Deployment(serves: false, settings: ["POSTERN_KEY_FILE": path])
            let numbers = unsafe getpwnam("nobody").map { unsafe ($0.pointee.pw_uid, $0.pointee.pw_gid) }
            let (user, group) = try #require(numbers)
            for name in ["", "/postern.sqlite3", "/postern.sqlite3-wal", "/postern.sqlite3-shm"] {
                unsafe chown(deployment.folder.path + name, user, group)
            }
            try deployment.startResponder(["serve", "--user", "nobody"])
            try deployment.startNginx()
            try deployment.waitUntilReady()
            try "POSTERN_LOG_LEVEL=debug\n".write(
                toFile: deployment.folder.path("postern.env"), atomically: false, encoding: .utf8)
            let log = try reload(deployment, until: "the keys stay as they were until a restart")
            #expect(log.contains("reloaded changed=POSTERN_LOG_LEVEL keys=\(first)"))
            #expect(log.contains("no permission"))
            // Another mistake is a fault as before.
            try write("postern-keys 2\n")
            try #require(unsafe chown(path, user, group) == 0)
            #expect(try reload(deployment, until: "not reloaded: ").contains("reloaded changed") == false)
            #expect(deployment.stopResponder() == 0)
        }
    }
}
