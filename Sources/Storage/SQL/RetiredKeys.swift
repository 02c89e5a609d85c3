import Cryptography
import Identity

extension SQLStore {
    public func retire(_ key: KeyID) throws(StoreError) -> Int {
        try transaction { transaction in
            transaction.leavesPrincipals()
            try transaction.lock(.sealed)
            let counts = try SealedTable.allCases.map { table in
                try transaction.first("SELECT count(*) FROM \(table.name) WHERE key_id = $1", key) { row in
                    Int(try row.number(0))
                }
            }
            let rows = try counts.values().reduce(0) { $0 + ($1 ?? 0) }
            guard rows == 0 else { return .rollback(rows) }
            try transaction.run(
                "INSERT INTO meta (name, value) VALUES ($1, 1) ON CONFLICT (name) DO NOTHING", RetiredKey.mark(key))
            return .commit(0)
        }
    }

    public func isRetired(_ key: KeyID) throws(StoreError) -> Bool {
        try read { try $0.isRetired(key).value }
    }
}

extension SQLTransaction {
    /// Tells whether a key is retired. A transaction that writes what a key has sealed asks behind its statements: they
    /// have waited for one that retires the key, or that one waits for them. So either the mark is seen, or the row is
    /// counted.
    func isRetired(_ key: KeyID) throws -> SQLResult<Bool> {
        try first("SELECT 1 FROM meta WHERE name = $1", RetiredKey.mark(key)) { _ in true }.map { $0 != nil }
    }
}

private enum RetiredKey {
    /// The name of the row of `meta` that says that a key is retired.
    static func mark(_ key: KeyID) -> String { "retired \(key)" }
}
