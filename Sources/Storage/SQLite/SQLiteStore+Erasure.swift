import GRDB
public import Identity

extension SQLiteStore {
    /// How long the -wal file's readers and writers are waited for, in milliseconds: writes wait meanwhile.
    private static let patience = 100

    /// Notes inside the caller's transaction that something was erased.
    static func noteErasure(_ db: Database) throws {
        try db.execute(sql: "INSERT OR REPLACE INTO erasure (id, number) VALUES (1, random())")
    }

    public func wipeErased() throws(StoreError) -> Bool {
        let number = try read { db in
            try Int64.fetchOne(db.cachedStatement(sql: "SELECT number FROM erasure"))
        }
        guard let number else { return true }
        guard try emptyLog(patience: Self.patience) else { return false }
        // What was erased meanwhile has another number, and stands in the file again.
        try write(changesPrincipals: false) { db in
            try db.cachedStatement(sql: "DELETE FROM erasure WHERE number = ?").execute(arguments: [number])
        }
        return true
    }
}
