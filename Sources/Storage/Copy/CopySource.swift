import Identity

/// The SQLite database that a copy reads. Nobody changes it meanwhile: it is refused while a process has it open, and
/// then locked against writing until the copy ends.
final class CopySource {
    let path: String
    private let transaction: SQLiteTransaction

    /// - Throws: `StoreError.Kind.unusable` if there is no database, it is not Postern's, or it is of another
    ///   version; `.unavailable` while a process has it open; else as SQLite says.
    init(path: String) throws(StoreError) {
        let file = try FileSystem.resolve(path)
        guard FileSystem.exists(file) else { throw SQLiteStore.noDatabase(path, at: file) }
        // Taken for a moment: SQLite itself could not open the file under it.
        try ExclusiveFileLock(file)?.release()
        self.path = path
        transaction = try StoreError.wrapping(path) {
            let db = try SQLiteStore.connect(file, busyTimeout: 5, readonly: false)
            try SQLiteStore.checkOwner(db, path: path)
            switch try Schema.age(db).0 {
            case .newer: throw SQLiteStore.newerDatabase(path)
            case .older:
                throw StoreError(
                    .unusable, "the database \(path) is of an older version: bring it up to date with `postern init`")
            case .current: break
            }
            try db.run("BEGIN IMMEDIATE")
            return SQLiteTransaction(db)
        }
    }

    /// The number of a table's rows, up to a key or all of them.
    func count(_ table: CopiedTable, through key: [SQLArgument]? = nil) throws(StoreError) -> Int {
        try StoreError.wrapping(path) {
            try transaction.rows(of: table.count(through: key)) { Int(try $0.number(0)) }.value.first ?? 0
        }
    }

    /// The rows that follow a key, a batch at most.
    func rows(of table: CopiedTable, after key: [SQLArgument]?) throws(StoreError) -> [CopiedRow] {
        try StoreError.wrapping(path) { try transaction.copiedRows(of: table, after: key).value }
    }

    /// The times of the oldest and of the newest entry of the audit log; `nil` if there is none.
    func auditSpan() throws(StoreError) -> (Int64, Int64)? {
        try StoreError.wrapping(path) {
            try transaction.first("SELECT min(time), max(time) FROM audit_event") { row in
                row.integer(0).flatMap { first in row.integer(1).map { (first, $0) } }
            }.value ?? nil
        }
    }

    /// The defaults of the database; `nil` if it has none.
    func assuranceDefaults() throws(StoreError) -> AssuranceDefaults? {
        try StoreError.wrapping(path) { try transaction.assuranceDefaults().value }
    }

    /// A number that tells this database from others, and from itself after a change of its organizations: by it a copy
    /// that was interrupted finds its source again.
    func fingerprint() throws(StoreError) -> Int64 {
        var digest = CopyDigest()
        digest.add(try rows(of: CopiedTable.all[0], after: nil))
        return digest.bytes.prefix(8).reduce(0) { $0 << 8 | Int64($1) }
    }
}
