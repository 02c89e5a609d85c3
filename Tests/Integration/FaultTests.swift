import Foundation
import Glibc
import TestSupport
import Testing

/// True if a kind of file system can be made here; tried once.
private let memoryObstacle = FaultyDisk.obstacle(.memory(64))
private let loopObstacle = FaultyDisk.obstacle(.loop(4))

extension Integration {
    /// Faults of the storage, made by real means: each is told in the log and answered 503, nothing that was
    /// acknowledged is lost, and if it can it goes on by itself when the fault is over.
    struct FaultTests {
        @Test(.disabled(if: memoryObstacle != nil, Comment(rawValue: memoryObstacle ?? "")))
        func `a full disk refuses what writes, serves what reads, and goes on when there is room`() throws {
            let disk = try FaultyDisk(.memory(1024))
            let deployment = try Deployment(serves: false, databaseOn: disk)
            try deployment.serve()
            var tokens = try deployment.writtenTokens(3)
            try disk.fill()
            // Data for which the files already have room may still be written.
            let (more, refused) = try deployment.writeUntilRefused()
            tokens += more
            #expect(refused.status == 503 && refused.code == "unavailable")
            #expect(refused.values("retry-after").count == 1)
            try deployment.expectNotReady()
            #expect(try deployment.loggedErrors().contains("make room on its file system"))
            try deployment.expectValid(tokens)
            try disk.makeRoom()
            try deployment.waitUntilReadyAgain()
            tokens += try deployment.writtenTokens(1)
            deployment.stopResponder(SIGKILL)
            try deployment.serve()
            try deployment.expectValid(tokens)
            try deployment.expectSound()
        }

        @Test(.disabled(if: loopObstacle != nil, Comment(rawValue: loopObstacle ?? "")))
        func `a file system that became read-only refuses what writes, and a restart after its repair has all`() throws
        {
            let disk = try FaultyDisk(.loop(8))
            let deployment = try Deployment(serves: false, databaseOn: disk)
            try deployment.serve()
            var tokens = try deployment.writtenTokens(3)
            try disk.failToReadOnly()
            let (more, refused) = try deployment.writeUntilRefused()
            #expect(more.isEmpty)
            #expect(refused.status == 503 && refused.code == "unavailable")
            try deployment.expectNotReady()
            #expect(try deployment.loggedErrors().contains("the system's log"))
            try deployment.expectValid(tokens)
            #expect(deployment.stopResponder() == 0)
            try disk.repair()
            try deployment.serve()
            try deployment.expectValid(tokens)
            tokens += try deployment.writtenTokens(1)
            try deployment.expectSound()
        }

        @Test func `a lock that another process holds refuses what writes in time, and serves what reads`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.serve()
            var tokens = try deployment.writtenTokens(1)
            try TestDatabase(deployment.database).whileLocked {
                let start = ContinuousClock.now
                let refused = try deployment.write()
                #expect(refused.status == 503 && refused.code == "unavailable")
                let wait = start.duration(to: .now)
                #expect(wait > .seconds(4) && wait < .seconds(8), "\(wait)")
                try deployment.expectValid(tokens)
            }
            #expect(try deployment.loggedErrors().contains("another process holds the lock"))
            tokens += try deployment.writtenTokens(1)
            // One that is held for less is waited for.
            let writer = deployment.send
            let waiting = try TestDatabase(deployment.database).whileLocked {
                let waiting = Background { try writer("POST", "/account/token", Deployment.tokenForm).status }
                sleep(2)
                return waiting
            }
            #expect(try waiting.value() == 201)
            try deployment.expectValid(tokens)
        }

        @Test func `a -wal that was cut while in use refuses what writes, before more is lost`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.serve()
            let tokens = try deployment.writtenTokens(4)
            let log = deployment.database + "-wal"
            let size = try Data(contentsOf: URL(fileURLWithPath: log)).count
            try FileHandle(forWritingTo: URL(fileURLWithPath: log)).truncate(atOffset: UInt64(size / 2))
            let (more, refused) = try deployment.writeUntilRefused()
            #expect(more.isEmpty)
            #expect(refused.status == 503)
            try deployment.expectNotReady()
            #expect(try deployment.loggedErrors().contains("its -wal was cut"))
            deployment.stopResponder(SIGKILL)
            // The part that was cut off is lost. The rest is a consistent earlier state.
            try deployment.serve()
            let statuses = try tokens.map { try deployment.status(of: $0, by: .responder) }
            #expect(statuses == statuses.sorted())
            #expect(Set(statuses).isSubset(of: [200, 401]))
            _ = try deployment.writtenTokens(1)
            try deployment.expectSound()
        }

        @Test func `a -wal that was deleted while in use loses nothing, and a restart goes on`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.serve()
            var tokens = try deployment.writtenTokens(4)
            try FileManager.default.removeItem(atPath: deployment.database + "-wal")
            let (more, refused) = try deployment.writeUntilRefused()
            #expect(more.isEmpty)
            #expect(refused.status == 503)
            try deployment.expectNotReady()
            #expect(try deployment.loggedErrors().contains("-wal was deleted or replaced"))
            deployment.stopResponder(SIGKILL)
            try deployment.serve()
            try deployment.expectValid(tokens)
            tokens += try deployment.writtenTokens(1)
            try deployment.expectSound()
        }

        @Test func `a -shm that was cut while in use ends the process, and the next start has all`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.serve()
            var tokens = try deployment.writtenTokens(4)
            try FileHandle(forWritingTo: URL(fileURLWithPath: deployment.database + "-shm")).truncate(atOffset: 0)
            #expect(try deployment.write().status == 0)
            let responder = try #require(deployment.responder)
            responder.waitUntilExit()
            #expect(responder.terminationReason == .uncaughtSignal && responder.terminationStatus == SIGBUS)
            try deployment.serve()
            try deployment.expectValid(tokens)
            tokens += try deployment.writtenTokens(1)
            try deployment.expectSound()
        }

        @Test func `a page that dd overwrote is told as damage, and never answered as if it were nothing`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.serve()
            let backup = deployment.folder.path("backup")
            let tokens = try deployment.writtenTokens(3)
            #expect(deployment.stopResponder() == 0)
            try deployment.successful(["backup", backup])
            let page = try deployment.rootPage(of: "api_token")
            for content in ["/dev/zero", "/dev/urandom"] {
                // So that no newer page in the -wal stands in for the one in the file.
                try TestDatabase(deployment.database).execute("PRAGMA wal_checkpoint(TRUNCATE)")
                let overwritten = try run(
                    "dd",
                    [
                        "if=\(content)", "of=\(deployment.database)", "bs=4096", "seek=\(page - 1)", "count=1",
                        "conv=notrunc",
                    ]
                )
                #expect(overwritten.status == 0)
                // The page is not read to start.
                try deployment.serve()
                let answer = try deployment.send("GET", "/auth/session", bearer: tokens[0])
                #expect(answer.status == 503 && answer.code == "unavailable")
                #expect(try deployment.write().status == 503)
                #expect(try deployment.loggedErrors().contains("the file is damaged: restore a backup"))
                #expect(try deployment.postern(["check", "--database"]).status == 78)
                #expect(deployment.stopResponder() == 0)
                try deployment.successful(["restore", backup])
                try deployment.serve()
                try deployment.expectValid(tokens)
                #expect(deployment.stopResponder() == 0)
            }
        }

        @Test func `a first page that was overwritten keeps it from starting`() throws {
            let deployment = try Deployment(serves: false)
            let overwritten = try run(
                "dd", ["if=/dev/urandom", "of=\(deployment.database)", "bs=4096", "count=1", "conv=notrunc"])
            #expect(overwritten.status == 0)
            let start = try deployment.postern(["serve"])
            #expect(start.status == 78)
            #expect(start.errors.contains("not a database"))
        }

        @Test func `a database that was deleted in use takes no write, and put back it is served again`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.serve()
            var tokens = try deployment.writtenTokens(2)
            let away = deployment.folder.path("away")
            try FileManager.default.moveItem(atPath: deployment.database, toPath: away)
            #expect(try deployment.write().status == 503)
            #expect(try deployment.status(of: tokens[0], by: .responder) == 503)
            try deployment.expectNotReady()
            #expect(try deployment.loggedErrors().contains("is gone: put it back, or restore a backup"))
            // An empty file is no database either, and none was made by looking for it.
            #expect(!FileManager.default.fileExists(atPath: deployment.database))
            try Data().write(to: URL(fileURLWithPath: deployment.database))
            #expect(try deployment.write().status == 503)
            try FileManager.default.removeItem(atPath: deployment.database)
            try FileManager.default.moveItem(atPath: away, toPath: deployment.database)
            try deployment.waitUntilReadyAgain()
            try deployment.expectValid(tokens)
            tokens += try deployment.writtenTokens(1)
            try deployment.expectSound()
        }

        @Test func `a database that was replaced in use is served, but not with the -wal of the old one`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.serve()
            let before = try deployment.writtenTokens(2)
            let backup = deployment.folder.path("backup")
            try deployment.successful(["backup", backup])
            let after = try deployment.writtenTokens(2)
            // Without a look into the manual.
            try FileManager.default.removeItem(atPath: deployment.database)
            try FileManager.default.copyItem(atPath: backup, toPath: deployment.database)
            #expect(try deployment.write().status == 503)
            #expect(try deployment.status(of: before[0], by: .responder) == 503)
            #expect(try deployment.loggedErrors().contains("belongs to the old one: stop Postern, remove"))
            try FileManager.default.removeItem(atPath: deployment.database + "-wal")
            try FileManager.default.removeItem(atPath: deployment.database + "-shm")
            // The copy is in the mode in which backups are, which `restore` would have changed.
            #expect(try deployment.write().status == 503)
            try deployment.successful(["init"])
            try deployment.waitUntilReadyAgain()
            try deployment.expectValid(before)
            for token in after { #expect(try deployment.status(of: token, by: .responder) == 401) }
            let tokens = try deployment.writtenTokens(1)
            deployment.stopResponder(SIGKILL)
            try deployment.serve()
            try deployment.expectValid(before + tokens)
            try deployment.expectSound()
        }

        @Test func `no file is mapped into memory but the index of the -wal, so that a cut file is an error`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.serve()
            _ = try deployment.writtenTokens(1)
            let maps = try run("cat", ["/proc/\(deployment.responderID)/maps"]).text
            #expect(!maps.contains(deployment.database + "\n"))
            #expect(!maps.contains(deployment.database + "-wal"))
            #expect(maps.contains(deployment.database + "-shm"))
        }
    }
}

extension Deployment {
    fileprivate static let tokenForm = #"{"name": "written", "scopes": ["login"]}"#

    /// Writes a token.
    fileprivate func write() throws -> Answer { try send("POST", "/account/token", Self.tokenForm) }

    /// Writes tokens, which has to work.
    fileprivate func writtenTokens(_ count: Int) throws -> [String] {
        try (0..<count).map { _ in
            let answer = try write()
            guard answer.status == 201, let token = answer.object["token"] as? String else {
                throw Failure(what: "no token: \(answer.status) \(answer.body)")
            }
            return token
        }
    }

    /// Writes tokens until that is refused, two hundred at most.
    fileprivate func writeUntilRefused() throws -> (tokens: [String], refused: Answer) {
        var tokens: [String] = []
        for _ in 0..<200 {
            let answer = try write()
            guard answer.status == 201, let token = answer.object["token"] as? String else { return (tokens, answer) }
            tokens.append(token)
        }
        throw Failure(what: "nothing was refused")
    }

    fileprivate func expectValid(_ tokens: [String]) throws {
        for token in tokens { #expect(try status(of: token, by: .responder) == 200) }
    }

    /// A commit counts for a second.
    fileprivate func expectNotReady() throws {
        usleep(1_100_000)
        #expect(try send("GET", "/health/ready", bearer: "").status == 503)
        #expect(try send("GET", "/health/live", bearer: "").status == 200)
    }

    fileprivate func waitUntilReadyAgain() throws {
        for _ in 0..<40 {
            if try send("GET", "/health/ready", bearer: "").status == 200 { return }
            usleep(50_000)
        }
        throw Failure(what: "not ready again: \(try loggedErrors())")
    }

    /// The lines of the log that tell of errors.
    fileprivate func loggedErrors() throws -> String {
        try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").filter { $0.contains(" error: ") }
            .joined(separator: "\n")
    }

    fileprivate func expectSound() throws {
        let checked = try postern(["check", "--database", "--json"], environment: ["POSTERN_LISTEN": "127.0.0.1:1024"])
        #expect(checked.object["faults"] as? [String] == [], "\(checked.text)")
    }

    fileprivate func rootPage(of table: String) throws -> Int {
        try TestDatabase(database).number("SELECT rootpage FROM sqlite_schema WHERE name = ?", [table]) ?? 0
    }
}
