import FoundationEssentials
import GRDB
public import Identity
import Synchronization

/// The store on one SQLite database in WAL mode.
///
/// One connection writes: each write is in a transaction that takes the lock at once (`BEGIN IMMEDIATE`) and is on disk
/// when it returns (`synchronous=FULL`); writes that wait together share it. Any number of threads read beside it. Other processes may use the same file.
public final class SQLiteStore: IdentityStore {
    /// The path of the database file.
    public let path: String
    private let writer: Mutex<DatabaseQueue?>
    private let commits: GroupCommit
    private let readers: ReaderPool
    private let busyTimeout: Double

    /// Opens an existing database. Connections are made when they are first needed.
    ///
    /// - Parameters:
    ///   - path: the database file.
    ///   - readers: how many threads read at once.
    ///   - patientWriters: how many threads wait for their turn to write for so long; more of them wait a second at most.
    ///   - busyTimeout: how long to wait for that turn, and then for another process's lock, in seconds each.
    /// - Throws: `StoreError.Kind.unusable` where there is no database, it is not Postern's, or its version is not this
    ///   program's; else as SQLite says.
    public convenience init(
        path: String, readers: Int = 16, patientWriters: Int = 64, busyTimeout: Double = 5
    ) throws(StoreError) {
        guard FileManager.default.fileExists(atPath: path) else {
            throw StoreError(.unusable, "there is no database \(path): make one with `postern init`")
        }
        self.init(
            uncheckedPath: path, readers: readers, patientWriters: patientWriters, busyTimeout: busyTimeout)
        try read { db in try Self.checkVersion(db, path: path) }
    }

    private init(uncheckedPath path: String, readers: Int, patientWriters: Int, busyTimeout: Double) {
        self.path = path
        self.busyTimeout = busyTimeout
        self.writer = Mutex(nil)
        self.commits = GroupCommit(patientWriters: patientWriters, patience: busyTimeout)
        self.readers = ReaderPool(
            path: path, configuration: Self.configuration(busyTimeout: busyTimeout, readonly: true), size: readers)
    }

    /// Makes a database, or brings one of an older version up to date, and opens it.
    ///
    /// - Throws: `StoreError.Kind.unusable` where the file is a foreign database or a newer version's; else as SQLite says.
    public static func create(path: String, busyTimeout: Double = 5) throws(StoreError) -> SQLiteStore {
        let store = SQLiteStore(uncheckedPath: path, readers: 1, patientWriters: 64, busyTimeout: busyTimeout)
        try StoreError.wrapping(path) {
            let queue = try store.writerConnection()
            try queue.writeWithoutTransaction { db in
                if try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0 {
                    // First of all, so that one whose making was cut off is known again.
                    try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
                }
                try checkOwner(db, path: path)
                if try Schema.migrator.hasBeenSuperseded(db) { throw newerDatabase(path) }
                try db.execute(sql: "PRAGMA journal_mode = WAL")
            }
            try Schema.migrator.migrate(queue)
        }
        return store
    }

    static func configuration(busyTimeout: Double, readonly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(busyTimeout)
        configuration.readonly = readonly
        configuration.foreignKeysEnabled = true
        configuration.label = "postern"
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
        }
        return configuration
    }

    private func writerConnection() throws -> DatabaseQueue {
        try writer.withLock { writer in
            if let writer { return writer }
            let queue = try DatabaseQueue(
                path: path, configuration: Self.configuration(busyTimeout: busyTimeout, readonly: false))
            writer = queue
            return queue
        }
    }

    /// Reads on a connection of its own, beside other readers and the writer.
    func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        try StoreError.wrapping(path) { try readers.read(body) }
    }

    /// The same where several statements have to see one state of the database.
    func readSnapshot<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        try read { db in
            var value: Value?
            try db.inTransaction(.deferred) {
                value = try body(db)
                return .commit
            }
            guard let value else { throw StoreError(.unexpected, "the transaction had no result") }
            return value
        }
    }

    /// Runs one write transaction.
    func write<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        try transaction { db in (try body(db), .commit) }
    }

    /// Runs one write transaction, and undoes it where `body` says so.
    func transaction<Value>(
        _ body: (Database) throws -> (Value, Database.TransactionCompletion)
    ) throws(StoreError) -> Value {
        try StoreError.wrapping(path) {
            var value: Value?
            try commits.run(on: writerConnection) { db in
                let (result, completion) = try body(db)
                value = result
                return completion
            }
            guard let value else { throw StoreError(.unexpected, "the transaction had no result") }
            return value
        }
    }
}

extension SQLiteStore {
    private static func checkVersion(_ db: Database, path: String) throws {
        try checkOwner(db, path: path)
        if try Schema.migrator.hasBeenSuperseded(db) { throw newerDatabase(path) }
        guard try Schema.migrator.hasCompletedMigrations(db) else {
            throw StoreError(
                .unusable, "the database \(path) is of an older version: bring it up to date with `postern init`")
        }
        guard try String.fetchOne(db, sql: "PRAGMA journal_mode") == "wal" else {
            throw StoreError(.unusable, "the database \(path) is not in WAL mode: run `postern init`")
        }
    }

    static func checkOwner(_ db: Database, path: String) throws {
        guard try Int32.fetchOne(db, sql: "PRAGMA application_id") == Schema.applicationID else {
            throw StoreError(.unusable, "\(path) is a database of another program: name another file")
        }
    }

    static func newerDatabase(_ path: String) -> StoreError {
        StoreError(
            .unusable, "the database \(path) was made by a newer version of Postern: install that version, or newer")
    }

    public func checkReadiness() throws(StoreError) {
        // Taking the lock and writing nothing shows that the file can be written, and leaves no trace.
        try transaction { _ in ((), .rollback) }
    }
}

extension SQLiteStore {
    /// The version of the SQLite library in use.
    public static var sqliteVersion: String {
        // A database in memory has no file whose opening could fail.
        let version = try? DatabaseQueue().read { try String.fetchOne($0, sql: "SELECT sqlite_version()") }
        return version ?? "unknown"
    }
}
