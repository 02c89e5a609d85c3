import GRDB

/// The database, past the program.
extension Deployment {
    /// Runs a statement as some other process would.
    func execute(_ sql: String, _ arguments: StatementArguments = []) throws {
        try DatabaseQueue(path: database).write { try $0.execute(sql: sql, arguments: arguments) }
    }

    /// The number of rows of a table.
    func count(_ table: String) throws -> Int {
        try DatabaseQueue(path: database).read { db in
            try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0
        }
    }

    /// Adds accounts `n0@example.test`, `n1@example.test` and so on, which nobody can log in to.
    func addAccounts(_ count: Int) throws {
        try DatabaseQueue(path: database).write { db in
            for number in 0..<count {
                let email = "n\(number)@example.test"
                try db.execute(
                    sql: """
                        INSERT INTO account (id, email, email_key, name, provider, state, roles, created_at)
                        VALUES (?, ?, ?, ?, 'Credentials', 'Active', 0, 1800000000)
                        """, arguments: [number, email, email, email])
                try db.execute(
                    sql: """
                        INSERT INTO user (id, account_id, organization_id, state, roles, created_at)
                        VALUES (?, ?, (SELECT id FROM organization WHERE slug = 'example'), 'Active', 2, 1800000000)
                        """, arguments: [number, number])
            }
        }
    }
}
