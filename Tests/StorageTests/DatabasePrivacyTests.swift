import Foundation
import Glibc
import Identity
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// The access of others to a database.
struct DatabasePrivacyTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("p.sqlite3")
        _ = try SQLiteStore.create(path: path)
    }

    private func mode(_ file: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
    }

    private func setMode(_ mode: Int, _ file: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    }

    /// Opens the database, and returns the changes that it made.
    private func changes(_ open: (@escaping @Sendable (String) -> Void) throws -> Void) rethrows -> [String] {
        let changes = Log()
        try open { changes.add($0) }
        return changes.lines
    }

    private final class Log: Sendable {
        private let kept = Mutex<[String]>([])
        var lines: [String] { kept.withLock { $0 } }
        func add(_ line: String) { kept.withLock { $0.append(line) } }
    }

    @Test(arguments: [0o644, 0o666, 0o640, 0o604, 0o602, 0o660, 0o777])
    func `a database that others can read is made its owner's alone as it is opened`(mode open: Int) throws {
        try setMode(open, path)
        let changes = try changes { _ = try SQLiteStore(path: path, report: $0) }
        #expect(changes.count == 1 && changes[0].contains("0\(String(open, radix: 8))"), "\(changes)")
        #expect(try mode(path) == open & 0o700)
        #expect(try self.changes { _ = try SQLiteStore(path: path, report: $0) } == [])
    }

    @Test func `what is beside it is closed too, and what SQLite makes there later`() throws {
        let first = try SQLiteStore(path: path)
        try first.write { _ = try $0.run("PRAGMA user_version = 1") }
        for suffix in ["-wal", "-shm"] { try setMode(0o644, path + suffix) }
        let changes = try changes { _ = try SQLiteStore.create(path: path, report: $0) }
        #expect(changes.count == 2, "\(changes)")
        for suffix in ["", "-wal", "-shm"] { #expect(try mode(path + suffix) == 0o600, "\(suffix)") }
    }

    @Test func `a group keeps its access where the folder lets the same group make files`() throws {
        for (folderMode, expected) in [
            (0o2770, 0o660), (0o770, 0o660), (0o750, 0o600), (0o2777, 0o600), (0o700, 0o600),
        ] {
            try setMode(0o664, path)
            try setMode(folderMode, folder.path)
            _ = try SQLiteStore(path: path)
            #expect(try mode(path) == expected, "\(String(folderMode, radix: 8))")
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a file to another group"))
    func `another group than the folder's loses its access`() throws {
        try setMode(0o2770, folder.path)
        try setMode(0o660, path)
        #expect(unsafe chown(path, 0, 65534) == 0)
        _ = try SQLiteStore(path: path)
        #expect(try mode(path) == 0o600)
    }

    @Test func `a restore puts no database in place that others can read, and closes the old one`() throws {
        let backup = folder.path("backup")
        _ = try SQLiteStore.backUp(path, to: backup)
        try setMode(0o644, path)
        let changes = Log()
        let kept = try SQLiteStore.restore(backup, to: path, at: WallClock.system.now()) { changes.add($0) }.kept
        #expect(changes.lines.count == 1)
        #expect(try mode(path) == 0o600)
        #expect(try mode(try #require(kept)) == 0o600)
    }

    @Test(arguments: ["a folder", "a FIFO", "a link beside it"])
    func `what is not a regular file is refused and not opened`(what: String) throws {
        var other = folder.path("other")
        switch what {
        case "a folder": try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: false)
        // To open it for reading would wait for ever.
        case "a FIFO": #expect(unsafe mkfifo(other, 0o600) == 0)
        default:
            other = path
            try? FileManager.default.removeItem(atPath: "\(path)-wal")
            try FileManager.default.createSymbolicLink(atPath: "\(path)-wal", withDestinationPath: "/dev/null")
        }
        for use in [{ _ = try SQLiteStore(path: other) }, { _ = try SQLiteStore.create(path: other) }] {
            let error = try #require(throws: StoreError.self) { try use() }
            #expect(error.kind == .unusable && error.description.contains("not a regular file"), "\(error)")
        }
    }

    @Test func `a folder that everybody may write in, and a second name, are warned about`() throws {
        #expect(try SQLiteStore.warnings(about: path) == [])
        try setMode(0o1777, folder.path)
        try FileManager.default.linkItem(atPath: path, toPath: folder.path("second"))
        let warnings = try SQLiteStore.warnings(about: path)
        #expect(warnings.count == 2)
        #expect(warnings[0].contains("everybody may write in") && warnings[1].contains("has 2 names"))
    }
}
