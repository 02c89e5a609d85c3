import GRDB
public import Identity

/// Values that an earlier version kept by other rules, or that this one kept without libidn2.
enum OutdatedRows {
    /// Brings up to date what can be: keys of email addresses, but where another account has the new one, and names that
    /// are too long to be saved again.
    static func renew(_ db: Database) throws {
        let update = try db.cachedStatement(sql: "UPDATE OR IGNORE account SET email_key = ? WHERE id = ?")
        for (id, key) in try emailKeys(db) { try update.execute(arguments: [key, id.column]) }
        for table in ["account", "user"] {
            let rows = try Row.fetchAll(
                db, sql: "SELECT id, name FROM \(table) WHERE length(name) > ?",
                arguments: [InputFault.maximumNameLength])
            for row in rows {
                try db.execute(
                    sql: "UPDATE \(table) SET name = ? WHERE id = ?",
                    arguments: [InputFault.cutName(row["name"]), row["id"] as Int64])
            }
        }
    }

    /// Accounts whose key is another than their address has today, and that one.
    static func emailKeys(_ db: Database) throws -> [(id: Identifier<Account>, key: String)] {
        var outdated: [(Identifier<Account>, String)] = []
        // Only the key of an address beyond ASCII ever followed another rule.
        let rows = try Row.fetchCursor(
            db, sql: "SELECT id, email, email_key FROM account WHERE email GLOB '*[^ -~]*' ORDER BY id")
        while let row = try rows.next() {
            guard let key = EmailAddress(row["email"])?.key, key != row["email_key"] else { continue }
            outdated.append((Identifier(column: row["id"]), key))
        }
        return outdated
    }
}

extension SQLiteStore {
    /// The accounts that are kept under another key than their email address has, so that nobody finds them by it.
    public func accountsWithOutdatedKeys() throws(StoreError) -> [Identifier<Account>] {
        try read { db in try OutdatedRows.emailKeys(db).map(\.id) }
    }

    /// The expressions by which organizations let accounts join, which may not be valid, by slug.
    public func emailPatterns() throws(StoreError) -> [(slug: String, pattern: EmailPattern)] {
        try read { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT slug, email_regex FROM organization WHERE email_regex IS NOT NULL ORDER BY slug")
            return rows.map { ($0["slug"], EmailPattern(stored: $0["email_regex"])) }
        }
    }
}
