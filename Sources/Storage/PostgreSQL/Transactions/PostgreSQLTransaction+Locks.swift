import Identity

// The locks, each a statement of its own before the one that reads: a statement that has waited reads only the locked
// row anew.
extension PostgreSQLTransaction {
    func lock(_ lock: SQLLock) {
        order.take(lock)
        switch lock {
        case .account(.id(let id)): run("SELECT 1 FROM account WHERE id = $1 FOR NO KEY UPDATE", id)
        case .account(.emailKey(let key)):
            run("SELECT 1 FROM account WHERE email_key = $1 FOR NO KEY UPDATE", key.sought)
        case .account(.user(let id)):
            run(
                """
                SELECT 1 FROM account WHERE id = (SELECT account_id FROM "user" WHERE id = $1) FOR NO KEY UPDATE
                """, id)
        case .accounts(let condition):
            _ = rows(of: "SELECT 1 FROM account WHERE \(condition) ORDER BY id FOR NO KEY UPDATE") { _ in () }
        case .installation: lockName("installation")
        case .organizations(let organizations):
            let ids = organizations.map(\.column).sorted()
            _ = result(
                of: PostgreSQLStatement(
                    "SELECT 1 FROM organization WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
                    parameters: [.integers(ids)])
            ) { _ in () }
        case .deletion(let id): run("SELECT 1 FROM organization WHERE id = $1 FOR UPDATE", id)
        case .sealed:
            // Waits for those that have written to them, and lets none begin: theirs is `ROW EXCLUSIVE`.
            let tables = SealedTable.allCases.map(\.name).joined(separator: ", ")
            run("LOCK TABLE \(tables) IN SHARE ROW EXCLUSIVE MODE")
        case .credential: break
        case .throttle(let keys):
            // Of a row that is not there yet nothing can be locked. In one order, or two that wait for each other's
            // next key would both be undone.
            let ids = Set(keys.map(\.lockNumber)).sorted()
            guard !ids.isEmpty else { return }
            lockName("throttle", isShared: true)
            _ = result(
                of: PostgreSQLStatement(
                    "SELECT pg_advisory_xact_lock(number) FROM unnest($1) AS number", parameters: [.integers(ids)])
            ) { _ in () }
        case .allThrottles: lockName("throttle")
        case .audit: lockName("audit")
        }
    }

    /// Takes a lock on something that is no row, by its name and that of the schema.
    ///
    /// - Parameter isShared: whether others may have it too that share it.
    private func lockName(_ name: String, isShared: Bool = false) {
        let function = isShared ? "pg_advisory_xact_lock_shared" : "pg_advisory_xact_lock"
        let key = "\(PostgreSQLSchema.advisoryLock), hashtext(current_schema() || '.' || $1)"
        run("SELECT \(function)(\(key))", name)
    }

    func removeAudit(before moment: Timestamp, limit: Int) throws -> SQLResult<Int> {
        try first("SELECT prune_audit($1, $2)", moment, limit) { Int(try $0.number(0)) }.map { $0 ?? 0 }
    }
}
