public import Identity
import System

/// The store on one SQLite database in WAL mode.
///
/// One connection writes: each write is in a transaction that takes the lock at once (`BEGIN IMMEDIATE`) and is on disk
/// when it returns (`synchronous=FULL`); writes that wait together share it. Any number of threads read beside it.
/// Other processes may use the same file.
///
///     let store = try SQLiteStore(path: "/var/lib/postern/postern.sqlite3")
///     let account = try store.account(emailKey: "ann@example.org")
public final class SQLiteStore: SQLStore {
    /// The path of the database file.
    public let path: String
    let principals = PrincipalCache()
    private let writer: Writer
    private let commits: GroupCommit
    let readers: ReaderPool
    let totals = ListTotals()

    /// Opens an existing database. Connections are made when they are first needed.
    ///
    /// - Parameters:
    ///   - path: the database file.
    ///   - readers: the most threads that read at once.
    ///   - patientWriters: the number of threads that wait `busyTimeout` for their turn to write; any more wait a
    ///     second at most.
    ///   - busyTimeout: the wait for that turn, and then for another process's lock, in seconds each.
    ///   - report: is told of each change that the files needed, so that nobody else can read them.
    /// - Throws: `StoreError.Kind.unusable` if there is no database, it is not Postern's, or its version is not this
    ///   program's; else as SQLite says.
    public init(
        path: String, readers: Int = 16, patientWriters: Int = 64, busyTimeout: Double = 5,
        report: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(StoreError) {
        let file = try FileSystem.resolve(path)
        guard FileSystem.exists(file) else {
            throw Self.noDatabase(path, at: file, advice: ": make one with `postern init`")
        }
        self.path = path
        let files = DatabaseFiles(path: path, busyTimeout: busyTimeout, report: report)
        self.writer = Writer(files, principals: principals)
        self.commits = GroupCommit(writer, patientWriters: patientWriters, patience: busyTimeout)
        self.readers = ReaderPool(files, size: readers)
        // Opens the first connection, which checks what it opens.
        try read { _ in () }
    }

    /// Makes a database, or brings one of an older version up to date, and opens it.
    ///
    /// - Throws: `StoreError.Kind.unusable` if the file is a foreign database or a newer version's; else as SQLite
    ///   says.
    public static func create(
        path: String, busyTimeout: Double = 5, report: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(StoreError) -> SQLiteStore {
        let file = try FileSystem.resolve(path)
        let found = try DatabasePrivacy.exposed(file)
        try StoreError.wrapping(path) {
            let db = try connect(file, busyTimeout: busyTimeout, readonly: false)
            if try db.first("SELECT 1 FROM sqlite_schema", read: { _ in true }) == nil {
                // First of all, so that one whose making was cut off is known again.
                try db.execute("PRAGMA application_id = \(Schema.applicationID)")
            }
            try checkOwner(db, path: path)
            // Of a database that is Postern's only.
            try DatabasePrivacy.enforce(on: file, found: found).forEach(report)
            if try Schema.age(db).0 == .newer { throw newerDatabase(path) }
            try db.execute("PRAGMA journal_mode = WAL")
            try Schema.migrate(db)
            _ = try db.transaction(immediate: true) { .commit(try OutdatedRows.renew(SQLiteTransaction(db))) }
        }
        return try SQLiteStore(path: path, busyTimeout: busyTimeout, report: report)
    }

    /// Opens a database file, or makes one.
    ///
    /// - Throws: `StoreError.Kind.unusable` if the path leads to anything but a file: SQLite would wait at a FIFO
    ///   without an end, and take a directory for a fault of the disk.
    static func connect(_ path: String, busyTimeout: Double, readonly: Bool) throws -> SQLiteConnection {
        guard FileSystem.isFileOrMissing(path) else { throw StoreError(notAFile: path) }
        return try SQLiteConnection(path, readonly: readonly, busyTimeout: busyTimeout)
    }

    func read<Value>(_ body: (SQLiteTransaction) throws -> Value) throws(StoreError) -> Value {
        try StoreError.wrapping(path) { try readers.read { try body($0.transaction) } }
    }

    func readSnapshot<Value>(_ body: (SQLiteTransaction) throws -> SQLResult<Value>) throws(StoreError) -> Value {
        try blocking { () throws(StoreError) in
            try read { transaction in
                try transaction.connection.transaction(immediate: false) {
                    .commit(try body(transaction).value)
                }.value
            }
        }
    }

    func transaction<Value>(
        _ body: (SQLiteTransaction) throws -> Completion<Value>
    ) throws(StoreError) -> Value {
        try StoreError.wrapping(path) {
            var value: Value?
            try blocking {
                try commits.run { transaction in
                    let completion = try body(transaction)
                    value = completion.value
                    return completion.isCommit ? .commit(()) : .rollback(())
                }
            }
            guard let value else { throw StoreError(.unexpected, "the transaction had no result") }
            return value
        }
    }

    func storedCarrier(
        _ kind: CredentialKind, _ hash: TokenHash, naming organization: String?
    ) throws(StoreError) -> Result<Carrier, CredentialRefusal> {
        try StoreError.wrapping(path) {
            try readers.read { reader in
                let transaction = reader.transaction
                let found = try principals.principal(hash, at: reader.index) {
                    try transaction.principal(kind, hash).value
                }
                switch found {
                case .failure(let refusal): return .failure(refusal)
                case .success(let principal):
                    let named = try organization.map { try transaction.organization(named: $0, of: kind, hash).value }
                    return .success(Carrier(principal: principal, named: named))
                }
            }
        }
    }

    public func profile(
        of principal: Principal, write: (Account, Organization?) -> [UInt8]
    ) throws(StoreError) -> [UInt8]? {
        let (kept, rows, commit) = try StoreError.wrapping(path) {
            try readers.read { reader -> ([UInt8]?, ProfileRows?, WALIndex.Commit?) in
                let commit = reader.index?.commit
                if let kept = commit.flatMap({ principals.keptProfile(of: principal, at: $0) }) {
                    return (kept, nil, nil)
                }
                let rows = try reader.transaction.profileRows(of: principal)
                return (nil, rows, reader.index?.commit == commit ? commit : nil)
            }
        }
        if let kept { return kept }
        guard let rows else { return nil }
        let text = write(rows.account, rows.organization)
        if let commit { principals.keep(profile: text, of: principal, at: commit) }
        return text
    }

    public func checkReadiness() throws(StoreError) {
        try transaction { transaction in
            transaction.leavesPrincipals()
            guard !writer.hasJustCommitted else { return .rollback(()) }
            // Only a commit shows that there is room, and that the disk takes it.
            try transaction.run("PRAGMA user_version = 0")
            return .commit(())
        }
    }

    public var commitFigures: CommitFigures { writer.figures }

    /// The version of the SQLite library in use.
    public static var sqliteVersion: String { SQLiteConnection.libraryVersion }
}

extension SQLiteStore {
    /// - Throws: `StoreError.Kind.unusable` unless the database is of this program's version, and ready for use.
    static func checkVersion(_ db: SQLiteConnection, path: String) throws {
        try checkOwner(db, path: path)
        switch try Schema.age(db).0 {
        case .newer: throw newerDatabase(path)
        case .older:
            throw StoreError(
                .unusable, "the database \(path) is of an older version: bring it up to date with `postern init`")
        case .current: break
        }
        guard try db.first("PRAGMA journal_mode", read: { try $0.string(0) }) == "wal" else {
            throw StoreError(.unusable, "the database \(path) is not in WAL mode: run `postern init`")
        }
    }

    static func checkOwner(_ db: SQLiteConnection, path: String) throws {
        guard try db.first("PRAGMA application_id", read: { $0.integer(0) }) == Schema.applicationID else {
            let isEmpty = FileSystem.size(path) == 0
            throw StoreError(
                .unusable,
                isEmpty
                    ? "\(path) is an empty file, and not a database: remove it, or name another one"
                    : "\(path) is a database of another program: name another file")
        }
    }

    static func newerDatabase(_ path: String) -> StoreError {
        StoreError(
            .unusable, "the database \(path) was made by a newer version of Postern: install that version, or newer")
    }

    public func wipeErased() throws(StoreError) -> Bool {
        guard let number = try read({ try $0.connection.first("SELECT number FROM erasure") { try $0.number(0) } })
        else { return true }
        guard try emptyLog() else { return false }
        // An erasure since then has another number, and stands in the file again.
        try write { transaction in
            transaction.leavesPrincipals()
            try transaction.run("DELETE FROM erasure WHERE number = $1", number)
        }
        return true
    }

    /// Empties the -wal file, for whose readers and writers it waits 100 ms: writes wait meanwhile.
    private func emptyLog() throws(StoreError) -> Bool {
        try StoreError.wrapping(path) { try blocking { try writer.emptyLog(patience: 100) } }
    }
}
