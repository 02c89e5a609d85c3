import Identity

/// The part of the audit log that is complete: whatever a transaction that is still writing adds comes behind it.
///
/// Without that, an entry that commits late would appear before one that was shown already, and whoever follows the log
/// by cursors would miss it. A transaction that writes an entry holds a shared advisory lock with the millisecond at
/// which it was taken, which everybody can see in `pg_locks`; the beginnings of transactions in `pg_stat_activity` are
/// hidden from other roles.
enum AuditHorizon {
    /// The first 16 bits of the numbers of these locks. All other advisory locks with one number are negative.
    private static let mark: Int64 = 0x5053

    /// Takes the lock, before the entry gets its place in the log.
    static let lock = PostgreSQLStatement(
        """
        SELECT pg_advisory_xact_lock_shared((CAST(\(mark) AS BIGINT) << 48)
            | CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT))
        """)

    /// The statements that find the horizon. The clock is read first: a lock that is taken behind it is of no interest.
    static let statements = [
        PostgreSQLStatement("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"),
        PostgreSQLStatement(
            """
            SELECT min(((CAST(classid AS BIGINT) & 65535) << 32) | CAST(objid AS BIGINT)) FROM pg_locks
            WHERE locktype = 'advisory' AND objsubid = 1 AND (CAST(classid AS BIGINT) >> 16) = \(mark)
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """),
    ]

    /// The least number of an entry that is not shown yet.
    ///
    /// - Parameter results: those of `statements`.
    static func sequence(_ results: [PostgreSQLResult]) throws -> Int64 {
        let now = try results[0].first { try $0.number(0) } ?? 0
        let oldest = try results[1].first { $0.integer(0) } ?? nil
        return min(now, oldest.map { ($0 - 1) * 1000 } ?? now) << 10
    }
}

extension ThrottleKey {
    /// The number of its advisory lock: 63 bits of the digest, negative.
    var lockNumber: Int64 {
        let bits = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int64(bitPattern: bits | 1 << 63)
    }
}
