import Foundation
import Glibc
import TestSupport
import Testing

@testable import postern

private let memoryObstacle = FaultyDisk.obstacle(.memory(64))

extension Integration {
    /// Mistakes of an administrator, and the words and exit codes by which the commands tell them.
    struct MessageTests {
        private static let making = ["init", "--organization", "X", "--owner", "a@b.test"]
        private static let listing = ["account", "list"]

        /// Runs a command on another database.
        private func outcome(_ deployment: Deployment, _ command: [String], _ database: String) throws -> Outcome {
            try deployment.postern(command, input: "northern lights\n", environment: ["POSTERN_DATABASE": database])
        }

        private func expect(_ outcome: Outcome, _ status: Int32, _ words: String, _ comment: String = "") {
            #expect(outcome.status == status, "\(comment): \(outcome.errors)")
            #expect(outcome.errors.contains(words), "\(comment): \(outcome.errors)")
        }

        @Test func `a database in a folder that is not there, or below a file, names that folder or file`() throws {
            let deployment = try Deployment(serves: false)
            let folder = deployment.folder.path("none")
            for command in [Self.making, Self.listing, ["backup", deployment.folder.path("copy")]] {
                let missing = try outcome(deployment, command, "\(folder)/sub/p.sqlite3")
                expect(missing, 78, "the folder \(folder) does not exist", "\(command)")
                let below = try outcome(deployment, command, "\(deployment.database)/p.sqlite3")
                expect(below, 78, "\(deployment.database) is a file, not a folder", "\(command)")
            }
            #expect(!FileManager.default.fileExists(atPath: folder))
            expect(
                try outcome(deployment, Self.listing, deployment.folder.path("p")), 78, "make one with `postern init`")
        }

        @Test func `what is not a database is told by what it is, and left as it is`() throws {
            let deployment = try Deployment(serves: false)
            let path = { deployment.folder.path($0) }
            try Data().write(to: URL(fileURLWithPath: path("empty")))
            try String(repeating: "no database ", count: 1000).write(
                toFile: path("text"), atomically: false, encoding: .utf8)
            try TestDatabase(path("foreign")).execute("CREATE TABLE t (x)")
            for file in ["empty", "text", "foreign"] {
                try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path(file))
            }
            for (file, words) in [
                ("", "is a directory"), ("empty", "is an empty file"), ("text", "the file is not a database"),
                ("foreign", "is a database of another program"),
            ] {
                let database = file.isEmpty ? deployment.folder.path : path(file)
                expect(try outcome(deployment, Self.listing, database), 78, words, file)
                guard file != "" else { continue }
                let mode = try FileManager.default.attributesOfItem(atPath: database)[.posixPermissions] as? Int
                #expect(mode == 0o644, "\(file)")
            }
            expect(try outcome(deployment, Self.making, path("foreign")), 78, "another program")
            try deployment.execute("INSERT INTO grdb_migrations (identifier) VALUES ('999')")
            expect(try deployment.postern(["init"]), 78, "was made by a newer version of Postern")
        }

        @Test(.enabled(if: geteuid() == 0, "only root can become another user"))
        func `a missing permission names what has none, and whose it is`() throws {
            let deployment = try Deployment(serves: false)
            let (closed, folder) = (deployment.folder.path("closed"), deployment.folder.path)
            try FileManager.default.createDirectory(
                atPath: closed, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            func asNobody(_ command: [String], _ database: String) throws -> Outcome {
                try run(
                    "setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", Paths.binary] + command,
                    environment: deployment.environment.merging(["POSTERN_DATABASE": database]) { $1 },
                    input: Data("northern lights\n".utf8))
            }
            let advice = ", which belongs to root: run this as that user"
            for (command, database, place) in [
                (Self.listing, deployment.database, deployment.database), (Self.listing, "\(closed)/p", closed),
                (Self.making, "\(closed)/p", closed), (Self.making, "\(folder)/new", folder),
            ] {
                expect(try asNobody(command, database), 69, "no permission for \(place)\(advice)", "\(command)")
            }
            let target = "\(closed)/copy"
            #expect(unsafe chown(deployment.database, 65534, 65534) == 0 && chmod(folder, 0o777) == 0)
            for suffix in ["-wal", "-shm"] { _ = unsafe chown(deployment.database + suffix, 65534, 65534) }
            expect(try asNobody(["backup", target], deployment.database), 74, "no permission for \(closed)\(advice)")
            expect(
                try asNobody(["restore", "\(closed)/b"], deployment.database), 66,
                "no permission for \(closed)\(advice)")
            expect(
                try asNobody(["account", "import", "\(closed)/a"], deployment.database), 66,
                "no permission for \(closed)\(advice)")
        }

        @Test(.disabled(if: memoryObstacle != nil, Comment(rawValue: memoryObstacle ?? "")))
        func `a full disk and a read-only file system are told, with what to do`() throws {
            let disk = try FaultyDisk(.memory(1024))
            let deployment = try Deployment(serves: false, databaseOn: disk)
            try disk.fill()
            var refused: Outcome?
            // Data for which the files already have room may still be written.
            for number in 0..<200 where refused == nil {
                let made = try deployment.postern(["organization", "create", "N\(number)"])
                if made.status != 0 { refused = made }
            }
            let words = "no space is left for \(deployment.database): make room on its file system"
            expect(try #require(refused), 69, words)
            expect(
                try deployment.postern(["backup", "\(disk.path)/copy"]), 69, "no space is left for \(disk.path)/copy")
            try disk.makeRoom()
            try deployment.successful(["organization", "create", "Again"])
            #expect(try run("mount", ["-o", "remount,ro", disk.path]).status == 0)
            let readOnly = try deployment.postern(["organization", "create", "Never"])
            expect(readOnly, 69, "the file system of \(deployment.database) is read-only")
            expect(try deployment.postern(["backup", "\(disk.path)/copy"]), 74, "is read-only")
        }

        @Test func `a wrong setting is told by what it takes, and an unknown one by what it may be meant to be`() throws
        {
            for (name, value, words) in [
                ("POSTERN_WORKERS", "many", "POSTERN_WORKERS=many is not a number from 1 to 512"),
                ("POSTERN_WORKERS", "", "POSTERN_WORKERS is empty, and not a number from 1 to 512"),
                ("POSTERN_DATABASE", "", "POSTERN_DATABASE is empty, and not the path of a file"),
                ("POSTERN_PUBLIC_LOGIN", "yes", "POSTERN_PUBLIC_LOGIN=yes is not true or false"),
                ("POSTERN_SESSION_LIFETIME", "2y", "=2y is not a time from 1m to 400d: a number and s, m, h or d"),
                ("POSTERN_FRESHNESS_HIGH", "30", "=30 is not a time from 1m to 1d: a number and s, m, h or d, or"),
                ("POSTERN_FRESHNESS_LOW", "+900", "=+900 is not a time from 1m to 30d"),
                ("POSTERN_SESSION_LIFETIME", "900", "=900 is not a time from 1m to 400d"),
                ("POSTERN_TOKEN_MAX_LIFETIME", "1s", "=1s is not a time of 1m or more"),
                ("POSTERN_AUDIT_RETENTION", "1h", "=1h is not a time of 1d or more"),
                ("POSTERN_SOCKET_MODE", "0888", "=0888 is not an octal mode from 0 to 0777"),
                ("POSTERN_THROTTLE_LOGIN", "5", "=5 is not LIMIT/SHORTEST-LONGEST, such as 5/1s-15m"),
                ("POSTERN_LOG_LEVEL", "loud", "=loud is not trace, debug, info, notice"),
                ("POSTERN_WORKRES", "3", "POSTERN_WORKRES is unknown: did you mean POSTERN_WORKERS?"),
                ("POSTERN_DATABSE", "3", "POSTERN_DATABSE is unknown: did you mean POSTERN_DATABASE?"),
                ("POSTERN_TYPO", "3", "POSTERN_TYPO is unknown: `postern check --all` lists the settings"),
            ] {
                let refused = try run(
                    Paths.binary, Self.listing, environment: ["POSTERN_CONFIG": "/dev/null", name: value])
                expect(refused, 78, words, name)
            }
        }

        @Test(arguments: [
            ("POSTERN_WORKRES", "POSTERN_WORKERS"), ("postern_workers", "POSTERN_WORKERS"),
            ("WORKERS", "POSTERN_WORKERS"), ("POSTERN_WORKER", "POSTERN_WORKERS"),
            ("POSTERN_WORKERSS", "POSTERN_WORKERS"),
            ("POSTERN_HASH_QEUE", "POSTERN_HASH_QUEUE"), ("POSTERN_HASHSLOTS", "POSTERN_HASH_SLOTS"),
            ("POSTERN_SESSON_LIFETIM", "POSTERN_SESSION_LIFETIME"), ("POSTERN_", nil), ("", nil), ("POSTERN_PORT", nil),
            ("POSTERN_WXYKERS", nil), ("POSTERN_MODE", nil),
        ])
        func `the nearest name is one that few edits make of it`(written: String, meant: String?) {
            let names = [
                "POSTERN_WORKERS", "POSTERN_HASH_QUEUE", "POSTERN_HASH_SLOTS", "POSTERN_SESSION_LIFETIME",
                "POSTERN_LISTEN",
            ]
            #expect(NearestName.of(written, among: names) == meant)
            #expect(NearestName.of(String(repeating: "X", count: 1 << 20), among: names) == nil)
        }

        @Test func `wrong usage tells the usage of the command itself`() throws {
            let deployment = try Deployment(serves: false)
            for (command, words) in [
                (["account", "list", "--bogus"], "Unknown option '--bogus'"), (["user", "list"], "--organization"),
                (["session", "end"], "<account>"), (["account", "erase", "owner@example.test"], "give --yes"),
                (["audit", "prune"], "Give --before or --older-than"), (["organization", "create", "Ø"], "--slug"),
                (["account", "update", "owner@example.test"], "Give --role"),
                (["check", "--settings", "--database"], "both"),
            ] {
                let name = command.prefix { $0.allSatisfy(\.isLetter) && $0 != "Ø" }.joined(separator: " ")
                let refused = try deployment.postern(command)
                expect(refused, 64, words, name)
                #expect(refused.errors.contains("\nUsage: postern \(name) "), "\(refused.errors)")
            }
        }

        @Test(arguments: [
            ("postern", "acount", "did you mean account?"), ("postern account", "lst", "did you mean list?"),
            ("postern account factor", "lst", "did you mean list?"),
            ("postern key", "nope", "the commands are create, list, add, use, remove"),
            ("postern organization", "delet", "did you mean delete?"),
        ])
        func `a mistyped command tells the usage of the group that it was to be in`(
            group: String, word: String, remedy: String
        ) throws {
            let refused = try run(
                Paths.binary, group.split(separator: " ").dropFirst().map(String.init) + [word],
                environment: ["POSTERN_CONFIG": "/dev/null"])
            expect(refused, 64, "Error: \(group) has no command \(word): \(remedy)")
            #expect(refused.errors.contains("\nUsage: \(group) <subcommand>"), "\(refused.errors)")
        }

        @Test func `the age of a login may be a bare number of seconds`() {
            let variables = [
                "POSTERN_CONFIG": "/dev/null", "POSTERN_FRESHNESS_HIGH": "900", "POSTERN_FRESHNESS_MEDIUM": "3600",
                "POSTERN_FRESHNESS_LOW": "86400",
            ]
            var source = SettingsSource(environment: variables)
            #expect(source.value(Settings.freshnessHigh) == 900)
            #expect(source.value(Settings.freshnessMedium) == 3600)
            #expect(source.value(Settings.freshnessLow) == 86400)
            #expect(source.faults == [])
        }

        @Test(arguments: ManualPage.allCases) func `a page of the manual that messages name is there`(page: ManualPage)
        {
            let path = "\(Paths.root)/\(ManualPage.folderOfClone)/\(page.file)"
            #expect(FileManager.default.fileExists(atPath: path), "\(path)")
        }
    }
}
