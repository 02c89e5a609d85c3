import GRDB
public import Identity

/// The store on one SQLite database in WAL mode.
///
/// One connection writes: each write is in a transaction that takes the lock at once (`BEGIN IMMEDIATE`) and is on disk
/// when it returns (`synchronous=FULL`); writes that wait together share it. Any number of threads read beside it. Other processes may use the same file.
public final class SQLiteStore: IdentityStore {
    /// The path of the database file.
    public let path: String
    private let writer: WriterConnection
    private let commits: GroupCommit
    private let waits: WaitScope
    let readers: ReaderPool
    private let totals = ListTotals()

    /// Opens an existing database. Connections are made when they are first needed.
    ///
    /// - Parameters:
    ///   - path: the database file.
    ///   - readers: how many threads read at once.
    ///   - patientWriters: how many threads wait for their turn to write for so long; more of them wait a second at most.
    ///   - busyTimeout: how long to wait for that turn, and then for another process's lock, in seconds each.
    ///   - waits: what is around each write, which waits for the disk, and each reading of a list.
    ///   - report: is told what had to be changed about the files, so that nobody else can read them.
    /// - Throws: `StoreError.Kind.unusable` where there is no database, it is not Postern's, or its version is not this
    ///   program's; else as SQLite says.
    public init(
        path: String, readers: Int = 16, patientWriters: Int = 64, busyTimeout: Double = 5,
        waits: WaitScope = .none, report: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(StoreError) {
        let file = try FileSystem.resolve(path)
        guard FileSystem.exists(file) else {
            throw StoreError(
                .unusable,
                "there is no database \(FileSystem.naming(path, at: file)): make one with `postern init`")
        }
        self.path = path
        self.waits = waits
        let files = DatabaseFiles(path: path, busyTimeout: busyTimeout, report: report)
        let principals = PrincipalCache()
        self.writer = WriterConnection(files, principals: principals)
        self.commits = GroupCommit(writer, patientWriters: patientWriters, patience: busyTimeout)
        self.readers = ReaderPool(files, principals: principals, size: readers)
        // Opens the first connection, which checks what it opens.
        try read { _ in () }
    }

    /// Makes a database, or brings one of an older version up to date, and opens it.
    ///
    /// - Throws: `StoreError.Kind.unusable` where the file is a foreign database or a newer version's; else as SQLite says.
    public static func create(
        path: String, busyTimeout: Double = 5, report: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(StoreError) -> SQLiteStore {
        let file = try FileSystem.resolve(path)
        try DatabasePrivacy.enforce(on: file).forEach(report)
        try StoreError.wrapping(path) {
            let queue = try connect(file, busyTimeout: busyTimeout, readonly: false)
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
            try queue.write { try OutdatedRows.renew($0) }
        }
        return try SQLiteStore(path: path, busyTimeout: busyTimeout, report: report)
    }

    /// Opens a database file, or makes one.
    ///
    /// - Throws: `StoreError.Kind.unusable` where the path leads to anything but a file: SQLite would wait at a FIFO
    ///   without an end, and take a directory for a fault of the disk.
    static func connect(_ path: String, busyTimeout: Double, readonly: Bool) throws -> DatabaseQueue {
        guard FileSystem.isFileOrMissing(path) else { throw StoreError(notAFile: path) }
        return try DatabaseQueue(path: path, configuration: configuration(busyTimeout: busyTimeout, readonly: readonly))
    }

    static func configuration(busyTimeout: Double, readonly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(busyTimeout)
        configuration.readonly = readonly
        configuration.foreignKeysEnabled = true
        configuration.label = "postern"
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
            // What is deleted is overwritten; and what replaces a row deletes it, so that triggers see it.
            try db.execute(sql: "PRAGMA secure_delete = ON; PRAGMA recursive_triggers = ON")
            // Pages of the -wal file, at which they are copied into the database, while all writes wait for the disk: as
            // seldom as the largest group still leaves the file's index in one block.
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 3500")
        }
        return configuration
    }

    /// Reads on a connection of its own, beside other readers and the writer.
    func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        try StoreError.wrapping(path) { try readers.read { try $0.connection.queue.unsafeRead(body) } }
    }

    /// The same where several statements have to see one state of the database. They may take long.
    func readSnapshot<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        try waits.run { () throws(StoreError) in
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
    }

    /// Reads a page of a list.
    func readList<Item>(
        _ body: (Database, ListTotals) throws -> Page<Item>
    ) throws(StoreError) -> Page<Item> {
        try readSnapshot { db in try body(db, totals) }
    }

    /// Runs one write transaction.
    ///
    /// - Parameter changesPrincipals: false only where it surely neither changes nor removes anything that a `Principal`
    ///   is read from: then those that are kept in memory stay good.
    func write<Value>(
        changesPrincipals: Bool = true, _ body: (Database) throws -> Value
    ) throws(StoreError) -> Value {
        try transaction(changesPrincipals: changesPrincipals) { db in (try body(db), .commit) }
    }

    /// Empties the -wal file; see `WriterConnection.emptyLog`.
    func emptyLog(patience: Int) throws(StoreError) -> Bool {
        try StoreError.wrapping(path) { try waits.run { try writer.emptyLog(patience: patience) } }
    }

    /// Runs one write transaction, and undoes it where `body` says so.
    func transaction<Value>(
        changesPrincipals: Bool = true,
        _ body: (Database) throws -> (Value, Database.TransactionCompletion)
    ) throws(StoreError) -> Value {
        try StoreError.wrapping(path) {
            var value: Value?
            try waits.run {
                try commits.run(changesPrincipals: changesPrincipals) { db in
                    let (result, completion) = try body(db)
                    value = result
                    return completion
                }
            }
            guard let value else { throw StoreError(.unexpected, "the transaction had no result") }
            return value
        }
    }
}

extension SQLiteStore {
    static func checkVersion(_ db: Database, path: String) throws {
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
        try transaction(changesPrincipals: false) { db in
            guard !writer.hasJustCommitted else { return ((), .rollback) }
            // Only a commit shows that there is room, and that the disk takes it.
            try db.execute(sql: "PRAGMA user_version = 0")
            return ((), .commit)
        }
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
