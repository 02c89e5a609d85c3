import GRDB
public import Identity

/// What an examination of a database found.
public struct DatabaseReport: Sendable {
    /// The name of the newest migration that the database went through.
    public let version: String
    /// Whether it is of this program's version; if not, it is of an older one.
    public let isCurrent: Bool
    /// How many accounts it has.
    public let accounts: Int
    /// What is damaged, in SQLite's words, a hundred at most; empty where all is well.
    public let faults: [String]
}

extension SQLiteStore {
    /// Reads a whole database, which may be in use, and checks that it is sound.
    ///
    /// - Throws: `StoreError.Kind.unusable` where there is no database, it is not Postern's, or it is a newer version's;
    ///   else as SQLite says.
    public static func examine(_ path: String) throws(StoreError) -> DatabaseReport {
        let file = try FileSystem.resolve(path)
        guard FileSystem.exists(file) else { throw noDatabase(path, at: file) }
        return try StoreError.wrapping(path) {
            let queue = try connect(file, busyTimeout: 5, readonly: true)
            return try queue.read { db in
                try checkOwner(db, path: path)
                if try Schema.migrator.hasBeenSuperseded(db) { throw newerDatabase(path) }
                let faults = try faults(db)
                return DatabaseReport(
                    version: try Schema.migrator.appliedIdentifiers(db).max() ?? "none",
                    isCurrent: try Schema.migrator.hasCompletedMigrations(db),
                    accounts: faults.isEmpty ? try Int.fetchOne(db, sql: "SELECT count(*) FROM account") ?? 0 : 0,
                    faults: faults)
            }
        }
    }

    static func noDatabase(_ path: String, at file: String) -> StoreError {
        StoreError(.unusable, "there is no database \(FileSystem.naming(path, at: file))")
    }

    private static func faults(_ db: Database) throws -> [String] {
        let damage = try String.fetchAll(db, sql: "PRAGMA integrity_check(100)").filter { $0 != "ok" }
        guard damage.isEmpty else { return damage }
        return try Row.fetchAll(db, sql: "SELECT DISTINCT \"table\", parent FROM pragma_foreign_key_check").map { row in
            "a row of the table \(row["table"] as String? ?? "?") names none in \(row["parent"] as String? ?? "?")"
        }
    }
}
