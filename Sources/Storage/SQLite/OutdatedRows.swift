public import Identity

/// Values that an earlier version kept by other rules, or that this one kept without libidn2.
enum OutdatedRows {
    /// Brings up to date what can be: keys of email addresses, but where another account has the new one, and names
    /// that are too long to be saved again.
    static func renew(_ db: SQLiteConnection) throws {
        for (id, key) in try emailKeys(db) {
            try db.run("UPDATE OR IGNORE account SET email_key = $1 WHERE id = $2", key, id)
        }
        for table in ["account", "user"] {
            let rows = try db.all(
                "SELECT id, name FROM \"\(table)\" WHERE length(name) > $1", InputFault.maximumNameLength
            ) { row in (id: try row.number(0), name: try row.string(1)) }
            for row in rows {
                try db.run("UPDATE \"\(table)\" SET name = $1 WHERE id = $2", InputFault.cutName(row.name), row.id)
            }
        }
    }

    /// Accounts whose key is another than their address has today, and that one.
    static func emailKeys(_ db: SQLiteConnection) throws -> [(id: Identifier<Account>, key: String)] {
        // Only the key of an address beyond ASCII ever followed another rule.
        try db.all("SELECT id, email, email_key FROM account WHERE email GLOB '*[^ -~]*' ORDER BY id") { row in
            guard let key = EmailAddress(try row.string(1))?.key, try key != row.string(2) else { return nil }
            return (id: try row.id(0), key: key)
        }.compactMap(\.self)
    }
}

extension SQLiteStore {
    /// The accounts that are kept under another key than their email address has, so that nobody finds them by it.
    public func accountsWithOutdatedKeys() throws(StoreError) -> [Identifier<Account>] {
        try read { try OutdatedRows.emailKeys($0.connection).map(\.id) }
    }

    /// The expressions by which organizations let accounts join, which may not be valid, by slug.
    public func emailPatterns() throws(StoreError) -> [(slug: String, pattern: EmailPattern)] {
        try read { transaction in
            try transaction.connection.all(
                "SELECT slug, email_regex FROM organization WHERE email_regex IS NOT NULL ORDER BY slug"
            ) { row in (slug: try row.string(0), pattern: EmailPattern(stored: try row.string(1))) }
        }
    }
}
