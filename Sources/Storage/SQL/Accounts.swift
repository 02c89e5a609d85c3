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
        try readList { db, totals in
            let find = try db.cachedStatement(sql: "SELECT account_id FROM user WHERE id = ?")
            let keyset = try Self.keyset(filter, db)
            return try keyset.page(db, page, in: keyset.ranges(db) ?? [], totals) { id -> Account? in
                let account = filter.organization == nil ? id : try Int64.fetchOne(find, arguments: [id])
                return try account.flatMap { try AccountRows.account(db, id: Identifier(column: $0)) }
            }
        }
    }

    static func keyset(_ filter: AccountFilter, _ db: Database) throws -> Keyset {
        if let organization = filter.organization { return try keyset(filter, in: organization, db) }
        // As literals, by which SQLite knows that the index on the inactive ones will do.
        let state: Keyset.Condition? = filter.state.map { ("state = '\($0.rawValue)'", []) }
        let index =
            switch filter.state {
            case .inactive: "account_inactive"
            case .active, nil: "account_created"
            }
        return Keyset(
            table: "account", index: filter.emailKey == nil ? index : "account_email_key",
            prefix: filter.emailKey.map { [.one("email_key", $0)] } ?? [], filters: [state].compactMap(\.self),
            keys: ("created_at", "id"))
    }

    private static func keyset(
        _ filter: AccountFilter, in organization: Identifier<Organization>, _ db: Database
    ) throws -> Keyset {
        let account = try filter.emailKey.map { emailKey in
            let find = try db.cachedStatement(sql: "SELECT id FROM account WHERE email_key = ?")
            return try Int64.fetchOne(find, arguments: [emailKey])
        }
        var keyset = members(of: organization, index: filter.state == .inactive ? "user_inactive" : "user_organization")
        if case .some(let account) = account {
            keyset = Keyset(
                table: "user", index: "user_account_organization",
                prefix: [.one("account_id", account), .one("organization_id", organization.column)],
                keys: ("created_at", "id"))
        }
        switch filter.state {
        case .inactive: keyset.filters = [("account_is_inactive", [])]
        case .active: keyset.filters = [("NOT account_is_inactive", [])]
        case nil: break
        }
        return keyset
    }

    /// Finds an account, or draws one where there is none, by the same statement: both read as many pages, since one more
    /// takes some microseconds, which could be measured. Identifiers are random, so the account that follows the lot is as
    /// good as drawn.
    public func passwordLookup(emailKey: String, lot: UInt64) throws(StoreError) -> PasswordCredential? {
        try read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT id, state, password_hash, email_key = ?1 AS is_found FROM account
                    WHERE password_hash IS NOT NULL AND id >= min(
                        coalesce((SELECT id FROM account WHERE email_key = ?1), ?2),
                        (SELECT id FROM account WHERE password_hash IS NOT NULL ORDER BY id DESC LIMIT 1))
                    ORDER BY id LIMIT 1
                    """)
            guard let row = try Row.fetchOne(statement, arguments: [emailKey, Int64(bitPattern: lot)]) else {
                return nil
            }
            // The same is made of what is found and of what is drawn.
            let id = Identifier<Account>(column: row["id"])
            let credential = PasswordCredential(
                account: id, state: try AccountRows.state(row["state"], of: "\(id)"), passwordHash: row["password_hash"]
            )
            return row["is_found"] ? credential : nil
        }
    }

    /// Groups hashes by what stands before the salt: the algorithm, and in the next field (of Argon2id the one after that)
    /// its parameters, unless it is SHA-crypt's with the rounds that need not be said.
    public func passwordSchemes(
        besides prefix: String?
    ) throws(StoreError) -> [(example: String, count: Int)] {
        try read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    WITH stored AS (
                        SELECT password_hash AS hash, substr(password_hash, 2) || '$' AS rest
                        FROM account
                        WHERE password_hash IS NOT NULL
                            AND (?1 IS NULL OR substr(password_hash, 1, length(?1)) <> ?1)
                    ), named AS (
                        SELECT hash, substr(rest, 1, instr(rest, '$') - 1) AS name,
                            substr(rest, instr(rest, '$') + 1) AS rest
                        FROM stored
                    ), fields AS (
                        SELECT hash, name, substr(rest, 1, instr(rest, '$') - 1) AS first,
                            substr(rest, instr(rest, '$') + 1) AS rest
                        FROM named
                    )
                    SELECT min(hash) AS example, count(*) AS n FROM fields
                    GROUP BY name, CASE
                        WHEN name IN ('5', '6') AND substr(first, 1, 7) <> 'rounds=' THEN ''
                        WHEN name = 'argon2id' THEN substr(rest, 1, instr(rest, '$') - 1)
                        ELSE first END
                    ORDER BY example
                    """, arguments: [prefix])
            return rows.map { (example: $0["example"], count: $0["n"]) }
        }
    }
}
