import GRDB
public import Identity

extension SQLiteStore {
    public func hasAccount(emailKey: String) throws(StoreError) -> Bool {
        try read { db in
            let statement = try db.cachedStatement(sql: "SELECT 1 FROM account WHERE email_key = ?")
            return try Int.fetchOne(statement, arguments: [emailKey]) != nil
        }
    }

    public func insert(_ account: Account, passwordHash: String) throws(StoreError) -> Bool {
        try write { db in try Self.insert(account, passwordHash: passwordHash, db) }
    }

    public func passwordLookup(emailKey: String, lot: UInt64) throws(StoreError) -> PasswordLookup {
        try read { db in
            PasswordLookup(
                credential: try Self.passwordCredential(db, emailKey), decoyHash: try Self.decoyHash(db, lot))
        }
    }

    private static func passwordCredential(_ db: Database, _ emailKey: String) throws -> PasswordCredential? {
        let statement = try db.cachedStatement(
            sql: "SELECT id, state, password_hash FROM account WHERE email_key = ? AND password_hash IS NOT NULL")
        guard let row = try Row.fetchOne(statement, arguments: [emailKey]) else { return nil }
        let id = Identifier<Account>(column: row["id"])
        let state = try AccountRows.state(row["state"], of: "\(id)")
        return PasswordCredential(account: id, state: state, passwordHash: row["password_hash"])
    }

    /// Identifiers are random, so the account that follows the lot is as good as drawn.
    private static func decoyHash(_ db: Database, _ lot: UInt64) throws -> String? {
        let following = try db.cachedStatement(
            sql: "SELECT password_hash FROM account WHERE id >= ? AND password_hash IS NOT NULL ORDER BY id LIMIT 1")
        let first = try db.cachedStatement(
            sql: "SELECT password_hash FROM account WHERE password_hash IS NOT NULL ORDER BY id LIMIT 1")
        return try String.fetchOne(following, arguments: [Int64(bitPattern: lot)]) ?? String.fetchOne(first)
    }

    public func account(emailKey: String) throws(StoreError) -> Account? {
        try read { db in try AccountRows.account(db, emailKey: emailKey) }
    }

    public func accounts() throws(StoreError) -> [Account] {
        try read { db in try AccountRows.all(db) }
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

    /// Adds an account with its users, inside the caller's transaction.
    static func insert(_ account: Account, passwordHash: String, _ db: Database) throws -> Bool {
        let insertAccount = try db.cachedStatement(
            sql: """
                INSERT INTO account (id, email, email_key, name, given_name, family_name, provider, state, roles,
                    password_hash, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (email_key) DO NOTHING
                """)
        try insertAccount.execute(arguments: [
            account.id.column, account.email.address, account.email.key, account.name, account.givenName,
            account.familyName, account.provider.rawValue, account.state.rawValue, account.installationRoles.rawValue,
            passwordHash, account.createdAt.secondsSince1970,
        ])
        guard db.changesCount == 1 else { return false }
        let insertUser = try db.cachedStatement(
            sql: """
                INSERT INTO user (id, account_id, organization_id, name, state, roles, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """)
        for user in account.users {
            try insertUser.execute(arguments: [
                user.id.column, account.id.column, user.organization.column,
                user.name == account.name ? nil : user.name, user.state.rawValue, user.roles.rawValue,
                user.createdAt.secondsSince1970,
            ])
        }
        return true
    }
}
