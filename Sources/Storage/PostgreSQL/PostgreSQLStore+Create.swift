public import Identity

extension PostgreSQLStore {
    /// The time that the making of the tables may take, a migration of a large database included.
    private static let patience = Duration.seconds(600)

    /// Makes the tables in a database, or brings those of an older version up to date, and opens it.
    ///
    /// - Parameters:
    ///   - target: the database, with the role that owns the tables.
    ///   - schema: the schema of the tables, which is made if it is missing; `nil` for the first one of the role's
    ///     search path.
    ///   - serveRole: the role of responders, which is made if it is missing; `nil` if they have the owner's.
    ///     Roles that serve already keep their rights, and get those on new tables.
    ///   - random: as for `init`.
    ///   - report: as for `init`.
    /// - Throws: `StoreError.Kind.unusable` if the tables are newer than this program, the role may not make them,
    ///   or the encoding is not UTF8; `.unavailable` if commits wait for a synchronous standby for a minute; else
    ///   as the server says.
    public static func create(
        _ target: PostgreSQLTarget, schema: String? = nil, serveRole: String? = nil,
        connections: Connections = Connections(), fencing: Fencing = .automatic,
        random: @escaping @Sendable () -> UInt64, report: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(StoreError) -> PostgreSQLStore {
        try makeTables(target, schema: schema, serveRole: serveRole, random: random, report: report)
        return try PostgreSQLStore(
            target, schema: schema, connections: connections, fencing: fencing, random: random, report: report)
    }

    /// Makes the tables of a database that a copy fills, and opens it for the copy alone.
    static func createForCopy(
        _ target: PostgreSQLTarget, random: @escaping @Sendable () -> UInt64
    ) throws(StoreError) -> PostgreSQLStore {
        try makeTables(target, schema: nil, serveRole: nil, random: random)
        return try PostgreSQLStore(
            target, schema: nil, knowing: PostgreSQLSchema.version, isForCopy: true, connections: .single,
            fencing: .off, random: random)
    }

    private static func makeTables(
        _ target: PostgreSQLTarget, schema: String?, serveRole: String?, random: @escaping @Sendable () -> UInt64,
        report: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(StoreError) {
        let inSchema = try target.ofStore(in: schema)
        try StoreError.wrapping(inSchema) {
            let deadline = ContinuousClock.now + patience
            let connection = try PostgreSQLConnection(inSchema, deadline: deadline)
            defer { connection.close() }
            try checkEncoding(connection, inSchema, deadline)
            if let schema { try makeSchema(schema, connection, deadline) }
            let standbyWait = try StandbyWait(connection, deadline: deadline, report: report)
            try SchemaMigrator(
                connection: connection, target: inSchema, backoff: Backoff(random: random), deadline: deadline,
                standbyWait: standbyWait
            ).migrate()
            try standbyWait.commit(by: deadline) { deadline in
                _ = try connection.exchange((0...2).map(AuditMonths.ahead), deadline: deadline)
                let role = ServeRole(connection: connection, target: inSchema, deadline: deadline)
                try role.renewAll()
                if let serveRole { try role.grant(to: serveRole) }
            }
        }
    }

    /// - Throws: `StoreError.Kind.unusable` unless the database can keep every text.
    private static func checkEncoding(
        _ connection: PostgreSQLConnection, _ target: PostgreSQLTarget, _ deadline: ContinuousClock.Instant
    ) throws {
        let encoding = try connection.exchange(
            [PostgreSQLStatement("SELECT CAST(getdatabaseencoding() AS TEXT)")], deadline: deadline
        )[0].first { try $0.string(0) }
        guard encoding == "UTF8" else {
            throw StoreError(
                .unusable,
                "\(target) has the encoding \(encoding ?? "?"): make a database with "
                    + "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0")
        }
    }

    private static func makeSchema(
        _ schema: String, _ connection: PostgreSQLConnection, _ deadline: ContinuousClock.Instant
    ) throws {
        // Of two processes at once one would fail at the catalogue's own index.
        _ = try connection.exchange(
            [
                PostgreSQLStatement("BEGIN"),
                PostgreSQLStatement(
                    "SELECT pg_advisory_xact_lock(\(PostgreSQLSchema.advisoryLock), hashtext('migration'))"),
                PostgreSQLStatement("CREATE SCHEMA IF NOT EXISTS \(ServeRole.quoted(schema))"),
                PostgreSQLStatement("COMMIT"),
            ], deadline: deadline)
    }
}

extension PostgreSQLTarget {
    /// The same with the tables in a schema, if one is named.
    func ofStore(in schema: String?) throws(StoreError) -> PostgreSQLTarget {
        guard let schema else { return self }
        do throws(Fault) {
            return try inSchema(schema)
        } catch {
            throw StoreError(.unusable, error.description)
        }
    }
}
