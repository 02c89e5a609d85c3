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
    ///
    /// Only transactions that have the log of this schema open count: those of another one would hold up all lists of
    /// this one for as long as they take. That misses no entry:
    ///
    /// 1. An insertion opens the log, which takes a lock on the table until the end of the transaction, before it reads
    ///    the clock for the entry's place. The advisory lock is older still.
    /// 2. `pg_locks` is looked at once. It reads the locks on tables, which each session keeps by itself, before the
    ///    advisory ones, which are in one place.
    /// 3. If the lock on the table is seen, the advisory one is seen too, or the transaction has ended in between:
    ///    then the snapshot, which is taken later, has its entry.
    /// 4. If the lock on the table is not seen, it is taken after the look, and so after the beginning of this
    ///    transaction, `now()`: the place of the entry is behind that, and so is the horizon's end.
    static let setting = """
        WITH held AS MATERIALIZED (\(held))
        SELECT set_config('postern.horizon', CAST(least(
            CAST(extract(epoch FROM now()) * 1000000 AS BIGINT), (min(since) - 1) * 1000) << 10 AS TEXT), false)
        FROM held WHERE since IS NOT NULL
            AND pid IN (SELECT pid FROM held WHERE relation = CAST(CAST('audit_event' AS REGCLASS) AS OID))
        """

    /// Finds a lock that is held for longer than a time: its transaction is still under way. One that has the log of
    /// another schema open is another's. One that has none open yet may be any, since the statements of a transaction
    /// may wait for each other before the insertion.
    static func held(longerThan age: Duration) -> PostgreSQLStatement {
        PostgreSQLStatement(
            """
            WITH held AS MATERIALIZED (\(held))
            SELECT 1 FROM held
            WHERE since < CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) - $1
                AND pid NOT IN (
                    SELECT pid FROM held JOIN pg_class ON pg_class.oid = relation
                    WHERE relname = 'audit_event' AND relation <> CAST(CAST('audit_event' AS REGCLASS) AS OID))
            LIMIT 1
            """, [.integer(Int64(age.inSeconds * 1000))])
    }

    /// The locks of this database on a table, and those of `lock`, each with its millisecond.
    private static let held = """
        SELECT pid, relation, CASE WHEN locktype = 'advisory'
            THEN ((CAST(classid AS BIGINT) & 65535) << 32) | CAST(objid AS BIGINT) END AS since
        FROM pg_locks
        WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND granted
            AND pid IS NOT NULL
            AND (locktype = 'relation'
                OR locktype = 'advisory' AND objsubid = 1 AND (CAST(classid AS BIGINT) >> 16) = \(mark))
        """

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
