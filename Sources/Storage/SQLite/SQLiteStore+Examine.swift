import Glibc
public import Identity
import System

/// The findings of an examination of a database.
public struct DatabaseReport: Sendable {
    /// The name of the newest migration that the database went through.
    public let version: String
    /// Tells a database of this program's version from one of an older version.
    public let isCurrent: Bool
    /// The number of its accounts; 0 if it is damaged.
    public let accounts: Int
    /// The damages, in SQLite's words, a hundred at most; empty if all is well.
    public let faults: [String]
}

extension SQLiteStore {
    /// Reads a whole database, which may be in use, and checks that it is sound.
    ///
    /// - Throws: `StoreError.Kind.unusable` if there is no database, it is not Postern's, or it is a newer
    ///   version's; else as SQLite says.
    public static func examine(_ path: String) throws(StoreError) -> DatabaseReport {
        let file = try FileSystem.resolve(path)
        guard FileSystem.exists(file) else { throw noDatabase(path, at: file) }
        return try StoreError.wrapping(path) {
            let db = try connect(file, busyTimeout: 5, readonly: true)
            return try db.transaction(immediate: false) {
                try checkOwner(db, path: path)
                let (age, version) = try Schema.age(db)
                guard age != .newer else { throw newerDatabase(path) }
                let faults = try faults(db)
                let accounts = faults.isEmpty ? try db.first("SELECT count(*) FROM account") { $0.integer(0) } : 0
                return .commit(
                    DatabaseReport(
                        version: version ?? "none", isCurrent: age == .current, accounts: Int((accounts ?? 0) ?? 0),
                        faults: faults))
            }.value
        }
    }

    /// The error of a database that is not there.
    ///
    /// - Parameter advice: the remedy, unless its folder is not there either.
    static func noDatabase(_ path: String, at file: String, advice: String = "") -> StoreError {
        var reason = advice
        let folder = FileSystem.folder(of: file)
        if !FileSystem.exists(folder) {
            reason = ": \(pathFault(file, ENOENT))"
        } else if FileSystem.isFileOrMissing(folder) {
            reason = ": \(pathFault(file, ENOTDIR))"
        }
        return StoreError(.unusable, "there is no database \(FileSystem.naming(path, at: file))\(reason)")
    }

    private static func faults(_ db: SQLiteConnection) throws -> [String] {
        let damage = try db.all("PRAGMA integrity_check(100)") { try $0.string(0) }.filter { $0 != "ok" }
        guard damage.isEmpty else { return damage }
        return try db.all("SELECT DISTINCT \"table\", parent FROM pragma_foreign_key_check") { row in
            "a row of the table \(try row.text(0) ?? "?") names none in \(try row.text(1) ?? "?")"
        }
    }
}
