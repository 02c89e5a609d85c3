import Identity

extension SQLStore {
    public func passwordLookup(emailKey: String, decoySeed: UInt64) throws(StoreError) -> PasswordCredential? {
        try read { transaction in
            let found = try transaction.first(
                Transaction.Dialect.passwordLookup, emailKey.sought, Int64(bitPattern: decoySeed)
            ) { row in
                // The same is made of the account that is found and of a decoy.
                let id: Identifier<Account> = try row.id(0)
                let credential = PasswordCredential(
                    account: id, state: try row.state(1, of: "\(id)"), passwordHash: try row.string(2),
                    factors: try row.methods(4))
                return try row.flag(3) ? credential : nil
            }
            return try found.value ?? nil
        }
    }

    public func passwordSchemes(
        besides prefix: String?
    ) throws(StoreError) -> [(example: String, count: Int)] {
        try read { transaction in
            try transaction.all(PasswordQueries<Transaction.Dialect>.schemes, prefix) { row in
                (example: try row.string(0), count: Int(try row.number(1)))
            }.value
        }
    }
}

enum PasswordQueries<Dialect: SQLDialect> {
    /// Finds an account, or draws a decoy if there is none, by the same statement: both read as many pages, since
    /// one more takes some microseconds, which could be measured. Identifiers are random, so the account that follows
    /// the seed is as good as drawn.
    static var lookup: String {
        """
        SELECT id, state, password_hash, email_key = $1, factors FROM account
        WHERE password_hash IS NOT NULL AND id >= \(Dialect.least)(
            coalesce((SELECT id FROM account WHERE email_key = $1), $2),
            (SELECT id FROM account WHERE password_hash IS NOT NULL ORDER BY id DESC LIMIT 1))
        ORDER BY id LIMIT 1
        """
    }

    /// Groups hashes by what stands before the salt: the algorithm, and in the next field (of Argon2id the one after
    /// that) its parameters, unless it is SHA-crypt's with the rounds that need not be said.
    fileprivate static var schemes: String {
        // With a `$` behind it, for a hash that has too few: to PostgreSQL a negative length is an error, by which one
        // such account would fail each login.
        func head(_ text: String) -> String { "substr(\(text), 1, \(Dialect.position)(\(text) || '$', '$') - 1)" }
        func tail(_ text: String) -> String { "substr(\(text), \(Dialect.position)(\(text), '$') + 1)" }
        return """
            WITH stored AS (
                SELECT password_hash AS hash, substr(password_hash, 2) || '$' AS rest
                FROM account
                WHERE password_hash IS NOT NULL
                    AND (CAST($1 AS TEXT) IS NULL OR substr(password_hash, 1, length($1)) <> $1)
            ), named AS (
                SELECT hash, \(head("rest")) AS name, \(tail("rest")) AS rest FROM stored
            ), fields AS (
                SELECT hash, name, \(head("rest")) AS first, \(tail("rest")) AS rest FROM named
            )
            SELECT min(hash) AS example, count(*) AS n FROM fields
            GROUP BY name, CASE
                WHEN name IN ('5', '6') AND substr(first, 1, 7) <> 'rounds=' THEN ''
                WHEN name = 'argon2id' THEN \(head("rest"))
                ELSE first END
            ORDER BY example
            """
    }
}
