import Dispatch
import Foundation
import Identity
import Synchronization
import TestSupport
import Testing

@testable import Storage

struct SchemaTests {
    let folder: TemporaryFolder
    var path: String { folder.path("p.sqlite3") }

    init() throws {
        folder = try TemporaryFolder()
    }

    private func expectUnusable(_ words: String, _ open: () throws -> Void) throws {
        let error = try #require(throws: StoreError.self) { try open() }
        #expect(error.kind == .unusable)
        #expect(error.description.contains(words))
    }

    @Test func `a database that is not there is not made by opening it`() throws {
        try expectUnusable("postern init") { _ = try SQLiteStore(path: path) }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `a database is made once, and made again without harm`() throws {
        _ = try SQLiteStore.create(path: path)
        _ = try SQLiteStore.create(path: path)
        _ = try SQLiteStore(path: path)
    }

    @Test func `a newer database is refused, and left as it is`() throws {
        _ = try SQLiteStore.create(path: path)
        try TestDatabase(path).execute("INSERT INTO grdb_migrations (identifier) VALUES ('999')")
        try expectUnusable("newer version") { _ = try SQLiteStore(path: path) }
        try expectUnusable("newer version") { _ = try SQLiteStore.create(path: path) }
    }

    @Test func `an older database is refused until it is brought up to date`() throws {
        try TestDatabase(path).execute(
            "PRAGMA application_id = \(Schema.applicationID); CREATE TABLE grdb_migrations (identifier)")
        try expectUnusable("postern init") { _ = try SQLiteStore(path: path) }
    }

    @Test func `a database of another program is refused, and left as it is`() throws {
        try TestDatabase(path).execute("CREATE TABLE theirs (x)")
        try expectUnusable("another program") { _ = try SQLiteStore(path: path) }
        try expectUnusable("another program") { _ = try SQLiteStore.create(path: path) }
        #expect(try TestDatabase(path).number("SELECT count(*) FROM sqlite_schema") == 1)
    }

    @Test func `a file that is no database is refused`() throws {
        try String(repeating: "no database ", count: 1000).write(toFile: path, atomically: false, encoding: .utf8)
        let error = try #require(throws: StoreError.self) { _ = try SQLiteStore(path: path) }
        #expect(error.kind == .unusable)
    }

    @Test func `a database whose making was cut off is made again`() throws {
        let database = try TestDatabase(path)
        try database.execute("PRAGMA application_id = \(Schema.applicationID)")
        try database.execute("CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
        _ = try SQLiteStore.create(path: path)
        _ = try SQLiteStore(path: path)
    }

    @Test func `a value that cannot be is damage, and ends no process`() throws {
        let store = try SQLiteStore.create(path: path)
        try TestDatabase(path).execute(
            """
            PRAGMA ignore_check_constraints = ON;
            INSERT INTO account (id, email, email_key, name, provider, state, roles, created_at)
            VALUES (1, 'a@b', 'a@b', 'a', 'Credentials', 'Active', 999, 0);
            """)
        let error = try #require(throws: StoreError.self) { try store.account(emailKey: "a@b") }
        #expect(error.kind == .damaged)
    }

    @Test func `every connection has the settings that durability and safety need`() throws {
        let store = try SQLiteStore.create(path: path)
        let pragmas = [
            "journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000",
            "trusted_schema": "0", "cell_size_check": "1",
        ]
        let writing = ["secure_delete": "1", "recursive_triggers": "1", "wal_autocheckpoint": "3500"]
        func settings(_ transaction: SQLiteTransaction) throws -> [String: String] {
            var settings: [String: String] = [:]
            for name in Array(pragmas.keys) + writing.keys {
                settings[name] = try transaction.connection.first("PRAGMA \(name)") { try $0.string(0) }
            }
            return settings
        }
        #expect(try store.write(settings) == pragmas.merging(writing) { $1 })
        #expect(try store.read(settings).filter { pragmas[$0.key] != nil } == pragmas)
    }

    @Test func `every table is strict`() throws {
        let store = try SQLiteStore.create(path: path)
        let lax = try TestDatabase(store.path).column(
            """
            SELECT name FROM pragma_table_list
            WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'
                AND name <> 'grdb_migrations'
            """)
        #expect(lax == [])
    }

    @Test func `a reading connection cannot write`() throws {
        let store = try SQLiteStore.create(path: path)
        #expect(throws: StoreError.self) { try store.read { _ = try $0.run("DELETE FROM account") } }
    }

    @Test func `a lock that another process holds too long is unavailable, and passes`() throws {
        _ = try SQLiteStore.create(path: path)
        let store = try SQLiteStore(path: path, busyTimeout: 0.05)
        try TestDatabase(path).whileLocked { () throws in
            let error = #expect(throws: StoreError.self) { try store.checkReadiness() }
            #expect(error?.kind == .unavailable)
            #expect(try !store.isInitialized())
        }
        try store.checkReadiness()
    }

    @Test func `while a lock is held, waiting writers fail together and not one after the other`() throws {
        _ = try SQLiteStore.create(path: path)
        let store = try SQLiteStore(path: path, patientWriters: 4, busyTimeout: 1)
        try TestDatabase(path).whileLocked {
            let start = ContinuousClock.now
            let failures = Mutex(0)
            let group = DispatchGroup()
            for _ in 0..<12 {
                group.enter()
                Thread.detachNewThread {
                    if (try? store.checkReadiness()) == nil { failures.withLock { $0 += 1 } }
                    group.leave()
                }
            }
            group.wait()
            #expect(failures.withLock { $0 } == 12)
            #expect(ContinuousClock.now - start < .seconds(10))
        }
        try store.checkReadiness()
    }
}
