import Identity

/// Values that an earlier version kept by other rules, or that this one kept without libidn2.
enum OutdatedRows {
    /// Brings up to date what can be: keys of email addresses, unless another account has the new one, and names
    /// that are too long to be saved again.
    static func renew(_ transaction: some SQLTransaction) throws {
        for (id, key) in try emailKeys(transaction) {
            try transaction.run(
                """
                UPDATE account SET email_key = $1
                WHERE id = $2 AND NOT EXISTS (SELECT 1 FROM account WHERE email_key = $3)
                """, key, id, key)
        }
        for table in ["account", "\"user\""] {
            let rows = try transaction.all(
                "SELECT id, name FROM \(table) WHERE length(name) > $1", InputFault.maximumNameLength
            ) { row in (id: try row.number(0), name: try row.string(1)) }
            for row in try rows.value {
                try transaction.run(
                    "UPDATE \(table) SET name = $1 WHERE id = $2", InputFault.cutName(row.name), row.id)
            }
        }
    }

    /// Accounts whose key is another than their address has today, and that one.
    static func emailKeys(
        _ transaction: some SQLTransaction
    ) throws -> [(id: Identifier<Account>, key: String)] {
        try beyondASCII(transaction).value.compactMap(\.self)
    }

    private static func beyondASCII<Transaction: SQLTransaction>(
        _ transaction: Transaction
    ) throws -> SQLResult<[(id: Identifier<Account>, key: String)?]> {
        // Only the key of an address beyond ASCII ever followed another rule.
        let isBeyond = Transaction.Dialect.isBeyondASCII("email")
        return try transaction.all("SELECT id, email, email_key FROM account WHERE \(isBeyond) ORDER BY id") { row in
            guard let key = EmailAddress(try row.string(1))?.key, try key != row.string(2) else { return nil }
            return (id: try row.id(0), key: key)
        }
    }
}

extension SQLStore {
    public func renewOutdatedValues() throws(StoreError) {
        try write { try OutdatedRows.renew($0) }
    }

    public func accountsWithOutdatedKeys() throws(StoreError) -> [Identifier<Account>] {
        try read { try OutdatedRows.emailKeys($0).map(\.id) }
    }

    public func emailPatterns() throws(StoreError) -> [(slug: String, pattern: EmailPattern)] {
        try read { transaction in
            try transaction.all(
                "SELECT slug, email_regex FROM organization WHERE email_regex IS NOT NULL ORDER BY slug"
            ) { row in (slug: try row.string(0), pattern: EmailPattern(stored: try row.string(1))) }.value
        }
    }
}
