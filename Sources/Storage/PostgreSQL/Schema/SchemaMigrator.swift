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
    /// - Throws: `StoreError.Kind.unusable` if they are newer than this program, or another program's, or if
    ///   responders serve that could not go on; `PostgreSQLError`.
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
            let present = try begin()
            guard present.newest < migration.version else { return try end("ROLLBACK") }
            if present.newest == 0 {
                try refuseOtherTables()
            } else if migration.oldest > present.oldest {
                try refuseResponders(before: migration.oldest)
            }
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
    /// - Returns: the version of the tables; 0 if there are none.
    private func begin() throws -> SchemaVersion {
        let statements = [
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
        ]
        let results: [PostgreSQLResult]
        do throws(PostgreSQLError) {
            results = try connection.exchange(statements, deadline: deadline)
        } catch {
            guard SchemaCheck.isOfOtherTable(error) else { throw error }
            throw SchemaCheck.otherMigration(target)
        }
        let found = try results[5].first { SchemaVersion(newest: try $0.number(0), oldest: try $0.number(1)) }
        guard let found else { throw StoreError(.unexpected, "an aggregate had no row") }
        let known = PostgreSQLSchema.version
        guard found.newest <= known || found.oldest <= known else { throw SchemaCheck.newer(target) }
        return found
    }

    /// - Throws: `StoreError.Kind.unusable` if tables of another program have the names of ours.
    private func refuseOtherTables() throws {
        let query = PostgreSQLStatement(
            """
            SELECT CAST(string_agg(CAST(relname AS TEXT), ', ' ORDER BY relname) AS TEXT) FROM pg_class
            WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
                AND CAST(relname AS TEXT) IN (\(PostgreSQLSchema.tables.map { "'\($0)'" }.joined(separator: ", ")))
            """)
        guard let names = try connection.exchange([query], deadline: deadline)[0].first({ try $0.text(0) }) ?? nil
        else { return }
        throw StoreError(
            .unusable,
            "\(target) has tables of another program (\(names)): make an empty database, with the encoding UTF8, and "
                + "name it in POSTERN_DATABASE")
    }

    /// Responders that are too old for the tables would answer nothing but 503. Refused rather than told beforehand:
    /// they have to be stopped in any case, and an upgrade that is begun in this order keeps the time without answers
    /// in the operator's hands.
    ///
    /// - Throws: `StoreError.Kind.unusable` if responders of programs before `oldest` serve.
    private func refuseResponders(before oldest: Int64) throws {
        let query = PostgreSQLStatement(
            """
            SELECT count(*) FROM responder
            WHERE beat > extract(epoch FROM clock_timestamp()) - 30 AND program < $1
            """, [.integer(oldest)])
        let count = try connection.exchange([query], deadline: deadline)[0].first { try $0.number(0) } ?? 0
        guard count == 0 else {
            throw StoreError(
                .unusable,
                "\(target) is served by responders that are too old to go on with the new tables (\(count)): stop "
                    + "them, and begin again. One that was killed counts for 30 seconds")
        }
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
