import Identity

/// The making of the tables, and of the steps from an older version to this one.
///
/// One process at a time does it: others wait for the lock, and find it done. What is cut off is undone by the server.
struct SchemaMigrator {
    let connection: PostgreSQLConnection
    let target: PostgreSQLTarget
    let backoff: Backoff
    let deadline: ContinuousClock.Instant
    /// The migrations, which a test chooses among.
    var migrations = PostgreSQLSchema.migrations
    /// The bound of the commits' wait for a standby.
    var standbyWait = StandbyWait.none

    /// The most times that a migration is tried while others hold locks on its tables.
    private static let mostTries = 30

    /// Brings the tables up to date.
    ///
    /// - Throws: `StoreError.Kind.unusable` where they are newer than this program; `PostgreSQLError`.
    func migrate() throws {
        for migration in migrations {
            for attempt in 1... {
                do {
                    try apply(migration)
                    break
                } catch let error as PostgreSQLError {
                    // Others hold a table: the wait is short, since all others wait behind it, and comes again.
                    let isMet = ["55P03", "40P01", "40001"].contains(error.sqlState)
                    guard isMet, attempt < Self.mostTries, .now < deadline else { throw error }
                    backoff.wait(before: min(attempt, 3), until: deadline)
                }
            }
        }
    }

    /// Applies one migration, unless it is done already.
    private func apply(_ migration: PostgreSQLSchema.Migration) throws {
        do {
            guard try begin(migration) else { return try end("ROLLBACK") }
            var statements = [PostgreSQLStatement("SET LOCAL lock_timeout = '1s'")]
            statements += migration.statements.map { PostgreSQLStatement($0) }
            if migration.version == 1 { statements += PostgreSQLSchema.fixedSearchPaths }
            statements.append(
                PostgreSQLStatement(
                    "INSERT INTO migration (version, oldest) VALUES ($1, $2)",
                    [.integer(migration.version), .integer(migration.oldest)]))
            _ = try connection.exchange(statements, deadline: deadline)
            // By itself: a migration may take its time, but the end of it waits for nothing except a standby.
            try standbyWait.commit(by: deadline) { deadline in
                _ = try connection.exchange([PostgreSQLStatement("COMMIT")], deadline: deadline)
            }
        } catch {
            if connection.isOpen { try? end("ROLLBACK") }
            throw error
        }
    }

    /// Begins a transaction, and waits until no other process migrates.
    ///
    /// - Returns: `false` where the migration is done already.
    private func begin(_ migration: PostgreSQLSchema.Migration) throws -> Bool {
        let results = try connection.exchange(
            [
                PostgreSQLStatement("BEGIN"),
                PostgreSQLStatement("SET LOCAL statement_timeout = 0"),
                PostgreSQLStatement("SET LOCAL lock_timeout = '60s'"),
                PostgreSQLStatement(
                    "SELECT pg_advisory_xact_lock(\(PostgreSQLSchema.advisoryLock), hashtext('migration'))"),
                PostgreSQLStatement(
                    """
                    CREATE TABLE IF NOT EXISTS migration (
                        version BIGINT PRIMARY KEY, oldest BIGINT NOT NULL,
                        applied_at TIMESTAMPTZ NOT NULL DEFAULT now())
                    """),
                PostgreSQLStatement("SELECT coalesce(max(version), 0), coalesce(max(oldest), 0) FROM migration"),
            ], deadline: deadline)
        let found = try results[5].first { SchemaVersion(newest: try $0.number(0), oldest: try $0.number(1)) }
        guard let found else { throw StoreError(.unexpected, "an aggregate had no row") }
        let known = PostgreSQLSchema.version
        guard found.newest <= known || found.oldest <= known else { throw SchemaCheck.newer(target) }
        return found.newest < migration.version
    }

    private func end(_ statement: String) throws {
        _ = try connection.exchange([PostgreSQLStatement(statement)], deadline: deadline)
    }
}

extension PostgreSQLSchema {
    /// Fixes the search path of functions, so that nobody who calls them can put tables of their own in the place of
    /// ours: to the schema in which the tables are made.
    static var fixedSearchPaths: [PostgreSQLStatement] {
        allFunctions.map { function in
            PostgreSQLStatement(
                """
                DO $do$ BEGIN
                    EXECUTE format('ALTER FUNCTION \(function) SET search_path = %I, pg_temp', current_schema());
                    EXECUTE 'REVOKE ALL ON FUNCTION \(function) FROM PUBLIC';
                END $do$
                """)
        }
    }
}
