import TestSupport

/// The database, past the program.
extension Deployment {
    /// Runs a statement as some other process would.
    func execute(_ sql: String) throws { try TestDatabase(database).execute(sql) }

    /// The number of rows of a table.
    func count(_ table: String) throws -> Int {
        try TestDatabase(database).number("SELECT count(*) FROM \(table)") ?? 0
    }

    /// Adds accounts `n0@example.test`, `n1@example.test` and so on, which nobody can log in to.
    func addAccounts(_ count: Int) throws {
        try TestDatabase(database).execute(
            """
            BEGIN;
            WITH RECURSIVE number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < \(count - 1))
            INSERT INTO account (id, email, email_key, name, provider, state, roles, created_at)
            SELECT n, 'n' || n || '@example.test', 'n' || n || '@example.test', 'n' || n || '@example.test',
                'Credentials', 'Active', 0, 1800000000 FROM number;
            INSERT INTO user (id, account_id, organization_id, state, roles, created_at)
            SELECT id, id, (SELECT id FROM organization WHERE slug = 'example'), 'Active', 2, 1800000000
            FROM account WHERE id BETWEEN 0 AND \(count - 1);
            COMMIT
            """)
    }
}
