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

    /// Finds the horizon, and keeps it for the statements of the next transaction on the same connection, which come in
    /// the same round trip: so it is older than the state that they see. The clock is that of the beginning of the
    /// transaction in which this runs, so it is read first, and a lock that is taken behind it is of no interest.
    static let setting = """
        SELECT set_config('postern.horizon', CAST(least(
            CAST(extract(epoch FROM now()) * 1000000 AS BIGINT),
            (min(((CAST(classid AS BIGINT) & 65535) << 32) | CAST(objid AS BIGINT)) - 1) * 1000) << 10 AS TEXT), false)
        FROM pg_locks
        WHERE locktype = 'advisory' AND objsubid = 1 AND (CAST(classid AS BIGINT) >> 16) = \(mark)
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """

    /// Finds a lock that is held for longer than a time: its transaction is still under way.
    static func held(longerThan age: Duration) -> PostgreSQLStatement {
        PostgreSQLStatement(
            """
            SELECT 1 FROM pg_locks
            WHERE locktype = 'advisory' AND objsubid = 1 AND (CAST(classid AS BIGINT) >> 16) = \(mark)
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND (((CAST(classid AS BIGINT) & 65535) << 32) | CAST(objid AS BIGINT))
                    < CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) - $1
            LIMIT 1
            """, [.integer(Int64(age.inSeconds * 1000))])
    }

    /// A condition: an entry is before the horizon that `setting` kept.
    static let condition: SQLFragment = "sequence < CAST(current_setting('postern.horizon') AS BIGINT)"
}

extension ThrottleKey {
    /// The number of its advisory lock: 63 bits of the digest, negative.
    var lockNumber: Int64 {
        let bits = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int64(bitPattern: bits | 1 << 63)
    }
}
