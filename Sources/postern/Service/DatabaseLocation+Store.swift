import AuthAPI
import FoundationEssentials
import Identity
import Storage

extension DatabaseLocation {
    /// Opens the store.
    ///
    /// - Parameters:
    ///   - workers: the threads for requests.
    ///   - isServing: whether it answers many requests at once, and not one, or one command.
    ///   - number: draws numbers that need not be secret.
    ///   - report: is told of each change that the files needed, or of what goes on with the server.
    func open(
        workers: Int, isServing: Bool, number: @escaping @Sendable () -> UInt64,
        report: @escaping @Sendable (String) -> Void
    ) throws(StoreError) -> any IdentityStore {
        switch self {
        case .sqlite(let path):
            // The other half is left to requests that only read.
            try SQLiteStore(path: path, readers: workers, patientWriters: workers / 2, report: report)
        case .postgresql(let target):
            try PostgreSQLStore(
                target, connections: isServing ? PostgreSQLStore.Connections() : .single, random: number,
                report: report)
        }
    }

    /// Makes the database, or brings an older one up to date, and opens it.
    func create(
        _ made: MadeTables, number: @escaping @Sendable () -> UInt64, report: @escaping @Sendable (String) -> Void
    ) throws(StoreError) -> any IdentityStore {
        switch self {
        case .sqlite(let path): return try SQLiteStore.create(path: path, report: report)
        case .postgresql(let target):
            let store = try PostgreSQLStore.create(
                target, serveRole: made.serveRole, connections: .single, random: number, report: report)
            // Of an installation that was copied from SQLite.
            try store.renewOutdatedValues()
            return store
        }
    }

    /// Looks whether there is a database, of whatever version.
    func exists(_ environment: ProgramEnvironment) throws(StoreError) -> Bool {
        switch self {
        case .sqlite(let path): FileManager.default.fileExists(atPath: path)
        case .postgresql(let target):
            try PostgreSQLStore.examine(target, clock: environment.timeOfDay).schemaVersion != nil
        }
    }

    /// The warnings about the files of a database.
    func warnings() throws(StoreError) -> [String] {
        switch self {
        case .sqlite(let path): try SQLiteStore.warnings(about: path)
        case .postgresql: []
        }
    }

    /// The file of the database, for a command that works on nothing else.
    ///
    /// - Throws: `CommandFailure.Code.dataError` if it is in PostgreSQL, with the tools that do the same there.
    func file(for command: String) throws(CommandFailure) -> String {
        switch self {
        case .sqlite(let path): return path
        case .postgresql:
            throw CommandFailure(
                .dataError,
                "`postern \(command)` is for SQLite, and the database \(self) is PostgreSQL's: use its own tools "
                    + "there, pg_basebackup with an archive of the WAL, or pgBackRest; \(ManualPage.postgresql.hint)")
        }
    }
}

/// The tables that `postern init` makes.
struct MadeTables {
    /// The role of the service on PostgreSQL; `nil` if it is the one that makes them.
    let serveRole: String?
}

extension ServingStatus.Database {
    /// The connections to PostgreSQL, as the status shows them.
    init(_ figures: PostgreSQLFigures) {
        self.init(
            writers: figures.writers.size, writing: figures.writers.inUse, waiting: figures.writers.waiting,
            lookupBatches: figures.batches, lookups: figures.batchedLookups, retries: figures.retries,
            uncertainCommits: figures.ambiguousCommits,
            heartbeatAge: figures.heartbeatAge.map { Int($0 / .milliseconds(1)) })
    }
}
