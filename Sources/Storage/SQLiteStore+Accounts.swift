import GRDB
public import Identity

extension SQLiteStore {
    public func hasAccount(emailKey: String) throws(StoreError) -> Bool {
        try read { db in
            let statement = try db.cachedStatement(sql: "SELECT 1 FROM account WHERE email_key = ?")
            return try Int.fetchOne(statement, arguments: [emailKey]) != nil
        }
    }

    public func account(emailKey: String) throws(StoreError) -> Account? {
        try read { db in try AccountRows.account(db, emailKey: emailKey) }
    }

    public func account(_ id: Identifier<Account>) throws(StoreError) -> Account? {
        try read { db in try AccountRows.account(db, id: id) }
    }

    public func accounts(_ filter: AccountFilter, _ page: PageRequest) throws(StoreError) -> Page<Account> {
        try readSnapshot { db in
            try Self.keyset(filter).page(db, page) { row -> Account? in
                try AccountRows.account(db, id: Identifier(column: row["id"]))
            }
            .map { account in
                guard let account else { throw StoreError(.damaged, "a user's account is missing") }
                return account
            }
        }
    }

    private static func keyset(_ filter: AccountFilter) -> Keyset {
        var conditions: [Keyset.Condition] = []
        if let emailKey = filter.emailKey { conditions.append(("account.email_key = ?", [emailKey])) }
        switch filter.state {
        // As a literal, by which SQLite knows that the index on the inactive ones will do.
        case .inactive: conditions.append(("account.state = 'Inactive'", []))
        case .active: conditions.append(("account.state = 'Active'", []))
        case nil: break
        }
        guard let organization = filter.organization else {
            return Keyset(
                columns: "account.id", tables: "account", conditions: conditions,
                keys: ("account.created_at", "account.id"))
        }
        let joins = filter.emailKey != nil || filter.state != nil
        conditions.append(("user.organization_id = ?", [organization.column]))
        return Keyset(
            columns: "user.account_id AS id",
            tables: joins ? "user JOIN account ON account.id = user.account_id" : "user", conditions: conditions,
            keys: ("user.created_at", "user.id"))
    }

    public func passwordLookup(emailKey: String, lot: UInt64) throws(StoreError) -> PasswordLookup {
        try read { db in
            let decoyHash = try Self.decoyHash(db, lot)
            return PasswordLookup(
                credential: try Self.passwordCredential(db, emailKey, decoyHash: decoyHash), decoyHash: decoyHash)
        }
    }

    /// A row is read also where there is no such account, since that takes some microseconds which could be measured.
    private static func passwordCredential(
        _ db: Database, _ emailKey: String, decoyHash: String?
    ) throws -> PasswordCredential? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT account.id IS NOT NULL AS is_known, coalesce(account.id, 0) AS id,
                    coalesce(state, 'Active') AS state, coalesce(password_hash, ?, '') AS password_hash
                FROM (SELECT 1) LEFT JOIN account ON email_key = ? AND password_hash IS NOT NULL
                """)
        guard let row = try Row.fetchOne(statement, arguments: [decoyHash, emailKey]) else { return nil }
        let id = Identifier<Account>(column: row["id"])
        let credential = PasswordCredential(
            account: id, state: try AccountRows.state(row["state"], of: "\(id)"), passwordHash: row["password_hash"])
        return row["is_known"] ? credential : nil
    }

    /// Identifiers are random, so the account that follows the lot is as good as drawn.
    private static func decoyHash(_ db: Database, _ lot: UInt64) throws -> String? {
        let following = try db.cachedStatement(
            sql: "SELECT password_hash FROM account WHERE id >= ? AND password_hash IS NOT NULL ORDER BY id LIMIT 1")
        let first = try db.cachedStatement(
            sql: "SELECT password_hash FROM account WHERE password_hash IS NOT NULL ORDER BY id LIMIT 1")
        return try String.fetchOne(following, arguments: [Int64(bitPattern: lot)]) ?? String.fetchOne(first)
    }

    public func passwordAlgorithms() throws(StoreError) -> [String: Int] {
        try read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT substr(password_hash, 2, instr(substr(password_hash, 2), '$') - 1) AS algorithm, count(*) AS n
                    FROM account WHERE password_hash IS NOT NULL GROUP BY algorithm
                    """)
            return Dictionary(uniqueKeysWithValues: rows.map { ($0["algorithm"], $0["n"]) })
        }
    }
}
