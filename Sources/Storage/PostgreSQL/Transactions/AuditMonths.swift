import Identity

/// The partitions of the audit log, one for each month.
enum AuditMonths {
    /// Makes the months of some moments, if they are missing.
    static func make(
        for moments: Set<Int64>, _ pool: ConnectionPool, _ deadline: ContinuousClock.Instant
    ) throws {
        try pool.lend(until: deadline) { pooled in
            // The moment of the server too, which an entry may get in place of its own.
            let statements = [Self.ahead(0)] + moments.sorted().map(Self.month)
            _ = try pooled.connection.exchange(statements, deadline: deadline)
        }
    }

    /// Makes the month of a moment.
    static func month(_ moment: Int64) -> PostgreSQLStatement {
        PostgreSQLStatement("SELECT make_audit_month($1)", [.integer(moment)])
    }

    /// Makes the month that is so many months ahead on the server's clock.
    static func ahead(_ months: Int) -> PostgreSQLStatement {
        PostgreSQLStatement(
            """
            SELECT make_audit_month(CAST(extract(epoch FROM
                date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC') + INTERVAL '\(months) months') AS BIGINT))
            """)
    }
}
