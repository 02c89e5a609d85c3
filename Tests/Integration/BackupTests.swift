import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

extension Integration {
    struct BackupTests {
        @Test func `a backup under load has every account acknowledged before, and restored they can log in`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.serve()
            let send = deployment.send
            let acknowledged = Mutex<[String]>([])
            let isOver = Atomic(false)
            let clients = (0..<3).map { client in
                Background {
                    for number in 0..<200 where !isOver.load(ordering: .relaxed) {
                        let email = "c\(client)-\(number)@example.test"
                        if try send.register(email) == 200 { acknowledged.withLock { $0.append(email) } }
                    }
                }
            }
            while acknowledged.withLock({ $0.count }) < 8 { usleep(10_000) }
            let before = acknowledged.withLock { $0 }
            let backup = deployment.folder.path("backup.sqlite3")
            let made = try deployment.successful(["backup", backup, "--json"]).object
            isOver.store(true, ordering: .relaxed)
            for client in clients { try client.value() }
            let copied = try #require(made["accounts"] as? Int)
            #expect(copied > before.count && copied <= acknowledged.withLock { $0.count } + 1)

            let place = ["POSTERN_DATABASE": deployment.folder.path("elsewhere.sqlite3")]
            let restored = try deployment.postern(["restore", backup, "--json"], environment: place)
            #expect(restored.status == 0, "\(restored.errors)")
            #expect(restored.object["accounts"] as? Int == copied)
            #expect(restored.object["kept"] is NSNull)
            let checked = try deployment.postern(
                ["check", "--database", "--json"],
                environment: place.merging(["POSTERN_LISTEN": "127.0.0.1:1024"]) { $1 })
            #expect(checked.object["faults"] as? [String] == [], "\(checked.text)")
            for email in before {
                let answer = try deployment.request(
                    "POST", "/auth/login", bearer: deployment.token, body: Deployment.registration(email), by: .cgi,
                    environment: place)
                #expect(answer.status == 200, "\(email): \(answer.body)")
            }
        }

        @Test func `a path that is not a file is neither read nor waited for`() throws {
            let deployment = try Deployment(serves: false)
            let (folder, fifo) = (deployment.folder.path, deployment.folder.path("fifo"))
            #expect(unsafe mkfifo(fifo, 0o600) == 0)
            for path in [folder, fifo] {
                let told =
                    path == fifo
                    ? "postern: \(path) is not a regular file, and so not a database: name another one\n"
                    : "postern: \(path) is a directory, not a regular file: name a file in it, such as "
                        + "\(path)/postern.sqlite3\n"
                let restored = try deployment.postern(["restore", path])
                #expect(restored.status == 66 && restored.errors == told)
                let place = ["POSTERN_DATABASE": path]
                for command in [["account", "list"], ["backup", deployment.folder.path("copy")]] {
                    let outcome = try deployment.postern(command, environment: place)
                    #expect(outcome.status == 78 && outcome.errors == told, "\(command): \(outcome.errors)")
                }
                #expect(try deployment.postern(["backup", path]).status == 78)
            }
        }

        @Test func `a backup is one file for this user alone, and readable without any other`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.serve()
            try deployment.successful(["backup", deployment.folder.path("copy")])
            let folder = try ScratchFolder()
            try FileManager.default.moveItem(atPath: deployment.folder.path("copy"), toPath: folder.path("copy"))
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.path("copy"))
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            // Bytes 18 and 19 say how it is written and read: 1 for without -wal.
            let header = try Data(contentsOf: URL(fileURLWithPath: folder.path("copy"))).prefix(20)
            #expect(Array(header.suffix(2)) == [1, 1])
            let copied = try TestDatabase("file:\(folder.path("copy"))?immutable=1", readonly: true)
            let accounts = try copied.number("SELECT count(*) FROM account")
            #expect(accounts == 1)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["copy"])
            #expect(try Self.leftovers(deployment).isEmpty)
        }

        @Test func `a backup replaces an older copy, and never the database or what is beside it`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.serve()
            let path = deployment.database
            try FileManager.default.createSymbolicLink(
                atPath: deployment.folder.path("link"), withDestinationPath: path)
            for target in ["postern.sqlite3", "postern.sqlite3-wal", "postern.sqlite3-shm", "link"] {
                let refused = try deployment.postern(["backup", deployment.folder.path(target)])
                #expect(refused.status == 78, "\(target)")
                #expect(refused.errors.contains("the database itself"), "\(target): \(refused.errors)")
            }
            #expect(try deployment.postern(["backup", deployment.folder.path]).status == 78)
            #expect(try deployment.postern(["backup", "/nowhere/at-all"]).status == 74)
            let copy = deployment.folder.path("copy")
            try "an older copy".write(toFile: copy, atomically: false, encoding: .utf8)
            try deployment.successful(["backup", copy])
            try deployment.successful(["backup", copy])
            #expect(try Data(contentsOf: URL(fileURLWithPath: copy)).starts(with: Data("SQLite format 3".utf8)))
            try Data().write(to: URL(fileURLWithPath: "\(copy)-wal"))
            #expect(try deployment.postern(["backup", copy]).errors.contains("copy-wal"))
            #expect(try deployment.status(of: deployment.token, by: .responder) == 200)
            #expect(try Self.leftovers(deployment).isEmpty)
        }

        @Test func `the time of a backup is noted in the database, and a copy is good without`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.serve()
            func noted() throws -> Int? {
                let figures = try deployment.request("GET", "/metrics", bearer: "", by: .responder).body
                let line = figures.split(separator: "\n").first {
                    $0.hasPrefix("postern_last_backup_timestamp_seconds ")
                }
                return line?.split(separator: " ").last.flatMap { Int($0) }
            }
            #expect(try noted() == 0)
            let start = Int(Date().timeIntervalSince1970)
            try deployment.successful(["backup", deployment.folder.path("copy")])
            #expect(try (noted() ?? 0) >= start)
            try deployment.execute("UPDATE meta SET value = 1")
            try deployment.execute(
                "CREATE TRIGGER refusal BEFORE UPDATE ON meta BEGIN SELECT RAISE(ABORT, 'no room'); END")
            let outcome = try deployment.postern(["backup", deployment.folder.path("copy")])
            #expect(outcome.status == 0)
            #expect(outcome.errors.contains("the time of the backup could not be noted"))
            #expect(outcome.errors.contains("no room"))
            #expect(try noted() == 1)
            // A database of an older version has no place for it.
            deployment.stopResponder()
            try deployment.execute("DROP TABLE meta; DELETE FROM grdb_migrations WHERE identifier = '005'")
            #expect(try deployment.postern(["backup", deployment.folder.path("copy")]).errors == "")
        }

        @Test func `a restore waits for nobody who has the database open, and keeps the old one whole`() throws {
            let deployment = try Deployment(serves: false)
            let backup = deployment.folder.path("backup")
            try deployment.successful(["backup", backup])
            try deployment.createAccount("late@example.test")
            try deployment.serve()
            let refused = try deployment.postern(["restore", backup])
            #expect(refused.status == 69)
            #expect(refused.errors.contains("stop it first"))
            #expect(try deployment.count("account") == 2)
            // Killed, so that its last writes are only in the -wal file.
            let late = Deployment.registration("later@example.test")
            #expect(
                try deployment.request("POST", "/auth/register", bearer: deployment.token, body: late, by: .responder)
                    .status == 200)
            deployment.stopResponder(SIGKILL)
            let restored = try deployment.successful(["restore", backup, "--json"]).object
            #expect(try deployment.count("account") == 1)
            let kept = try #require(restored["kept"] as? String)
            #expect(kept.contains(".before-restore-20"))
            let old = try TestDatabase(kept).number("SELECT count(*) FROM account")
            #expect(old == 3)
            try deployment.serve()
            #expect(try deployment.status(of: deployment.token, by: .responder) == 200)
            #expect(try Self.leftovers(deployment).isEmpty)
        }

        @Test func `a file that is not a sound backup is refused, and a damaged database found and replaced`() throws {
            let deployment = try Deployment(serves: false)
            let path = deployment.database
            let backup = deployment.folder.path("backup")
            try deployment.successful(["backup", backup])
            let text = deployment.folder.path("text")
            try String(repeating: "no database ", count: 1000).write(toFile: text, atomically: false, encoding: .utf8)
            try TestDatabase(deployment.folder.path("foreign")).execute("CREATE TABLE t (x)")
            let damaged = deployment.folder.path("damaged")
            try FileManager.default.copyItem(atPath: backup, toPath: damaged)
            try Self.damage(damaged)
            for (file, status, words) in [
                (text, 66, "not a database"), (deployment.folder.path("foreign"), 66, "another program"),
                (damaged, 70, "damaged"), ("/nowhere", 66, "no backup"), (path, 78, "the database itself"),
            ] as [(String, Int32, String)] {
                let refused = try deployment.postern(["restore", file])
                #expect(refused.status == status, "\(file): \(refused.errors)")
                #expect(refused.errors.contains(words), "\(file): \(refused.errors)")
            }
            #expect(try deployment.count("account") == 1)

            try Self.damage(path)
            let checked = try deployment.postern(["check", "--database"])
            #expect(checked.status == 78)
            #expect(checked.text.contains("the database is damaged") || checked.text.contains("the file is damaged"))
            #expect(try deployment.postern(["backup", deployment.folder.path("copy")]).status == 70)
            #expect(!FileManager.default.fileExists(atPath: deployment.folder.path("copy")))
            try deployment.successful(["restore", backup])
            #expect(try deployment.postern(["check", "--database"]).text.contains("1 accounts"))
            // There need not be a database at all.
            try FileManager.default.removeItem(atPath: path)
            try deployment.successful(["restore", backup])
            #expect(try deployment.count("account") == 1)
            #expect(try Self.leftovers(deployment).isEmpty)
        }

        /// Overwrites every page but the first one, which tells the kind of the file.
        private static func damage(_ path: String) throws {
            let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
            let outcome = try run(
                "dd",
                ["if=/dev/urandom", "of=\(path)", "bs=4096", "seek=1", "count=\(size / 4096 - 1)", "conv=notrunc"])
            #expect(outcome.status == 0)
        }

        /// Temporary files that a command forgot.
        private static func leftovers(_ deployment: Deployment) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: deployment.folder.path)
                .filter { $0.contains(/\.[A-Za-z0-9]{6}(?:-(?:wal|shm|journal))?$/) && !$0.contains("sqlite3-") }
        }
    }
}
