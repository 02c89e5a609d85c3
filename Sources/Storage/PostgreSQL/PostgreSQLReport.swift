public import Identity

/// The findings of an examination of a database of PostgreSQL, for `postern check`.
public struct PostgreSQLReport: Sendable, Equatable {
    /// The server's version, as 150018 for 15.18.
    public let serverVersion: Int
    /// The encoding of the database: anything but `UTF8` can't be used.
    public let encoding: String
    /// The server's clock minus this host's.
    public let clockDifference: Duration
    /// Tells that a pooler stands in between, which refuses the settings of a connection.
    public let isPooled: Bool
    /// Tells whether the connection is encrypted.
    public let isEncrypted: Bool
    /// The standbys that are connected.
    public let standbys: Int
    /// `synchronous_standby_names`: empty if no commit waits for a standby.
    public let synchronousStandbyNames: String
    /// `synchronous_commit`, of this role in this database: with `off` and `local`, acknowledged writes can be lost.
    public let synchronousCommit: String
    /// Tells that the server keeps what it was told to: with `fsync=off` a crash may damage everything.
    public let keepsWrites: Bool
    /// The name of the role.
    public let role: String
    /// Tells whether the role may do everything.
    public let isSuperuser: Bool
    /// Tells whether the role may make tables, which a responder need not.
    public let mayMakeTables: Bool
    /// Tells whether the role may change or remove entries of the audit log, but for the trigger that refuses it.
    public let mayChangeAudit: Bool
    /// The version of the tables; `nil` if there are none.
    public let schemaVersion: Int?
    /// Tells whether this program can run on the tables.
    public let isUsable: Bool
    /// The server's estimate of the number of accounts.
    public let accounts: Int
    /// The end of the last month that the audit log has a partition for.
    public let auditUntil: Timestamp?
    /// The most connections that the server takes.
    public let mostConnections: Int
    /// The responders whose last heartbeat is less than 10 s old.
    public let responders: Int
    /// The responders of these that are of an older version than this program.
    public let olderResponders: Int
}

extension PostgreSQLStore {
    private static let patience = Duration.seconds(5)

    /// Examines a database, whose tables may be missing.
    ///
    /// - Parameters:
    ///   - target: the database.
    ///   - clock: the clock of this host, for the comparison with the server's.
    /// - Throws: as the server says, if it does not answer or does not let the role in.
    public static func examine(
        _ target: PostgreSQLTarget, clock: @Sendable () -> Duration
    ) throws(StoreError) -> PostgreSQLReport {
        try StoreError.wrapping(target) {
            let deadline = ContinuousClock.now + patience
            let connection = try PostgreSQLConnection(target, deadline: deadline)
            defer { connection.close() }
            let server = try Examination.server(connection, clock: clock, deadline)
            let tables = try Examination.tables(connection, deadline)
            return PostgreSQLReport(
                serverVersion: connection.serverVersion, encoding: server.encoding,
                clockDifference: server.clockDifference, isPooled: connection.bringsSettings,
                isEncrypted: connection.isEncrypted, standbys: server.standbys,
                synchronousStandbyNames: server.synchronousStandbyNames,
                synchronousCommit: server.synchronousCommit, keepsWrites: server.keepsWrites, role: server.role,
                isSuperuser: server.isSuperuser, mayMakeTables: server.mayMakeTables,
                mayChangeAudit: tables?.mayChangeAudit ?? false, schemaVersion: tables.map { Int($0.version.newest) },
                isUsable: tables?.version.age(for: PostgreSQLSchema.version) == .usable,
                accounts: tables?.accounts ?? 0, auditUntil: tables?.auditUntil,
                mostConnections: server.mostConnections, responders: tables?.responders ?? 0,
                olderResponders: tables?.olderResponders ?? 0)
        }
    }
}

/// The questions of an examination.
private enum Examination {
    struct Server {
        var clockDifference = Duration.zero
        let encoding: String
        let standbys: Int
        let synchronousStandbyNames: String
        let synchronousCommit: String
        let keepsWrites: Bool
        let role: String
        let isSuperuser: Bool
        let mayMakeTables: Bool
        let mostConnections: Int
    }

    struct Tables {
        let version: SchemaVersion
        let mayChangeAudit: Bool
        let accounts: Int
        let auditUntil: Timestamp?
        let responders: Int
        let olderResponders: Int
    }

    static func server(
        _ connection: PostgreSQLConnection, clock: () -> Duration, _ deadline: ContinuousClock.Instant
    ) throws -> Server {
        let query = PostgreSQLStatement(
            """
            SELECT CAST(getdatabaseencoding() AS TEXT), (SELECT count(*) FROM pg_stat_replication),
                current_setting('synchronous_standby_names'), current_setting('synchronous_commit'),
                current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on',
                CAST(current_user AS TEXT), (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
                has_schema_privilege(coalesce(current_schema(), 'pg_catalog'), 'CREATE'),
                CAST(current_setting('max_connections') AS BIGINT)
            """)
        let found = try connection.exchange([query], deadline: deadline)[0].first { row in
            Server(
                encoding: try row.string(0), standbys: Int(try row.number(1)),
                synchronousStandbyNames: try row.string(2), synchronousCommit: try row.string(3),
                keepsWrites: try row.flag(4), role: try row.string(5), isSuperuser: try row.flag(6),
                mayMakeTables: try row.flag(7), mostConnections: Int(try row.number(8)))
        }
        guard var server = found else { throw StoreError(.unexpected, "a query without a table had no row") }
        server.clockDifference = try clockDifference(connection, clock, deadline)
        return server
    }

    /// The server's clock minus this host's, as half of a round trip lets it be known.
    private static func clockDifference(
        _ connection: PostgreSQLConnection, _ clock: () -> Duration, _ deadline: ContinuousClock.Instant
    ) throws -> Duration {
        let query = PostgreSQLStatement(
            "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)")
        let before = clock()
        let server = try connection.exchange([query], deadline: deadline)[0].first { try $0.number(0) }
        let after = clock()
        return .microseconds(server ?? 0) - (before + after) / 2
    }

    /// - Returns: `nil` if there are no tables.
    static func tables(_ connection: PostgreSQLConnection, _ deadline: ContinuousClock.Instant) throws -> Tables? {
        let query = PostgreSQLStatement(
            """
            SELECT version, oldest, has_table_privilege('audit_event', 'UPDATE, DELETE, TRUNCATE'),
                (SELECT CAST(greatest(reltuples, 0) AS BIGINT) FROM pg_class WHERE oid = CAST('account' AS REGCLASS)),
                (SELECT max(audit_month_end(CAST(relname AS TEXT)))
                    FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
                    WHERE inhparent = CAST('audit_event' AS REGCLASS)),
                (SELECT count(*) FROM responder WHERE beat > extract(epoch FROM clock_timestamp()) - 10),
                (SELECT count(*) FROM responder
                    WHERE beat > extract(epoch FROM clock_timestamp()) - 10 AND program < $1)
            FROM migration ORDER BY version DESC LIMIT 1
            """, [.integer(PostgreSQLSchema.version)])
        let result: PostgreSQLResult
        do throws(PostgreSQLError) {
            result = try connection.exchange([query], deadline: deadline)[0]
        } catch  where error.sqlState == "42P01" {
            return nil
        }
        return try result.first { row in
            Tables(
                version: SchemaVersion(newest: try row.number(0), oldest: try row.number(1)),
                mayChangeAudit: try row.flag(2), accounts: Int(try row.number(3)),
                auditUntil: row.optionalMoment(4), responders: Int(try row.number(5)),
                olderResponders: Int(try row.number(6)))
        }
    }
}
