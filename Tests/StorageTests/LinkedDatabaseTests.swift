import Foundation
import Identity
import TestSupport
import Testing

@testable import Storage

/// A database that is named by a symbolic link: SQLite keeps its other files beside the file that the link leads to.
struct LinkedDatabaseTests {
    let folder: TemporaryFolder
    let link: String
    let file: String

    init() throws {
        folder = try TemporaryFolder()
        for name in ["names", "files"] {
            try FileManager.default.createDirectory(
                atPath: folder.path(name), withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        }
        link = folder.path("names/p.sqlite3")
        // As the system names it, should the temporary folder itself be behind a link.
        file = try FileSystem.resolve(folder.path("files")) + "/real.sqlite3"
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: "../files/real.sqlite3")
    }

    /// The contents of a folder, but for the files that a connection has beside its database.
    private func contents(_ name: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path(name))
            .filter { !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }.sorted()
    }

    @Test func `a path is followed through links to files and folders, also where nothing is there yet`() throws {
        let files = try FileSystem.resolve(folder.path("files"))
        #expect(try FileSystem.resolve(link) == file)
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("folder"), withDestinationPath: folder.path("files"))
        #expect(try FileSystem.resolve(folder.path("folder/new")) == "\(files)/new")
        #expect(try FileSystem.resolve(folder.path("names/../folder/./new")) == "\(files)/new")
        try FileManager.default.createSymbolicLink(atPath: folder.path("second"), withDestinationPath: link)
        #expect(try FileSystem.resolve(folder.path("second")) == file)
        try Data().write(to: URL(fileURLWithPath: file))
        #expect(try FileSystem.resolve(folder.path("second")) == file)
        #expect(try FileSystem.resolve(folder.path("no/such/folder")).hasSuffix("/no/such/folder"))
        #expect(try FileSystem.resolve("relative").hasPrefix("/"))
        #expect(try FileSystem.resolve("/tmp-that-is-not-there") == "/tmp-that-is-not-there")
    }

    @Test func `links that lead round in a circle are refused, whatever is asked`() throws {
        let circle = folder.path("circle")
        try FileManager.default.createSymbolicLink(atPath: circle, withDestinationPath: folder.path("back"))
        try FileManager.default.createSymbolicLink(atPath: folder.path("back"), withDestinationPath: circle)
        let uses: [() throws -> Void] = [
            { _ = try SQLiteStore(path: circle) }, { _ = try SQLiteStore.create(path: circle) },
            { _ = try SQLiteStore.examine(circle) }, { _ = try SQLiteStore.backUp(circle, to: folder.path("copy")) },
            { _ = try SQLiteStore.restore(folder.path("copy"), to: circle, at: WallClock.system.now()) },
        ]
        for use in uses {
            let error = try #require(throws: StoreError.self) { try use() }
            #expect(error.kind == .unusable && error.description.contains("in a circle"), "\(error)")
        }
        #expect(try !FileManager.default.contentsOfDirectory(atPath: folder.path).contains("copy"))
    }

    @Test func `a link to nothing says where it leads, and a database is made there`() throws {
        for use in [{ _ = try SQLiteStore(path: link) }, { _ = try SQLiteStore.examine(link) }] {
            let error = try #require(throws: StoreError.self) { try use() }
            #expect(error.kind == .unusable && error.description.contains(file), "\(error)")
        }
        _ = try SQLiteStore.create(path: link)
        #expect(try contents("files") == ["real.sqlite3"])
        #expect(try contents("names") == ["p.sqlite3"])
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "../files/real.sqlite3")
    }

    @Test func `a -wal that was deleted beside the real file is noticed at the next write`() throws {
        _ = try SQLiteStore.create(path: link)
        let store = try SQLiteStore(path: link)
        try store.write { _ = try $0.run("PRAGMA user_version = 1") }
        try FileManager.default.removeItem(atPath: "\(file)-wal")
        let error = try #require(throws: StoreError.self) {
            try store.write { _ = try $0.run("PRAGMA user_version = 2") }
        }
        #expect(error.kind == .unavailable)
        #expect(error.description.contains("\(file)-wal was deleted or replaced"), "\(error)")
    }

    @Test func `a restore replaces the file and not the link, and keeps the old one beside the file`() throws {
        _ = try SQLiteStore.create(path: link)
        let backup = folder.path("backup")
        _ = try SQLiteStore.backUp(link, to: backup)
        let (kept, _) = try SQLiteStore.restore(backup, to: link, at: WallClock.system.now())
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "../files/real.sqlite3")
        #expect(try #require(kept).hasPrefix("\(file).before-restore-"))
        #expect(try contents("names") == ["p.sqlite3"])
        #expect(try contents("files").count == 2)
        _ = try SQLiteStore(path: link)
        // Also if there is nothing that it could replace.
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path("files")) {
            try FileManager.default.removeItem(atPath: folder.path("files/\(name)"))
        }
        #expect(try SQLiteStore.restore(backup, to: link, at: WallClock.system.now()).kept == nil)
        _ = try SQLiteStore(path: link)
        #expect(try contents("files") == ["real.sqlite3"])
    }

    @Test func `a backup is not written over what belongs to the real file`() throws {
        let store = try SQLiteStore.create(path: link)
        try store.write { _ = try $0.run("PRAGMA user_version = 1") }
        for target in [link, file, "\(file)-wal", "\(file)-shm", "\(file)-journal"] {
            let error = try #require(throws: StoreError.self) { _ = try SQLiteStore.backUp(link, to: target) }
            #expect(error.description.contains("the database itself"), "\(target): \(error)")
        }
    }

    @Test func `a link that is led elsewhere while in use is followed to the other database`() throws {
        let other = folder.path("files/other.sqlite3")
        for path in [other, link] { _ = try SQLiteStore.create(path: path) }
        let store = try SQLiteStore(path: link)
        try FileManager.default.removeItem(atPath: link)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: other)
        try store.write { _ = try $0.run("PRAGMA user_version = 7") }
        let version = { try TestDatabase($0).number("PRAGMA user_version") }
        #expect(try version(other) == 7)
        #expect(try version(file) != 7)
        try FileManager.default.removeItem(atPath: "\(FileSystem.resolve(other))-wal")
        #expect(throws: StoreError.self) { try store.write { _ = try $0.run("PRAGMA user_version = 8") } }
    }
}
