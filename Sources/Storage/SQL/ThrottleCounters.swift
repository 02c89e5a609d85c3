import FoundationEssentials
import GRDB
public import Identity

extension SQLiteStore {
    public func counters(_ keys: [ThrottleKey]) throws(StoreError) -> [ThrottleKey: ThrottleCounter] {
        try readSnapshot { db in try Self.counters(keys, db) }
    }

    public func changeCounters(
        _ keys: [ThrottleKey], _ rule: ([ThrottleKey: ThrottleCounter]) -> [ThrottleKey: ThrottleCounter?]?
    ) throws(StoreError) {
        try transaction(changesPrincipals: false) { db in
            guard let changed = rule(try Self.counters(keys, db)) else { return ((), .rollback) }
            try Self.store(changed, db)
            return ((), .commit)
        }
    }

    public func clearCounters(_ keys: [ThrottleKey]?, event: AuditEvent) throws(StoreError) -> Int {
        try write(changesPrincipals: false) { db in
            // What only makes an address known counts no attempts.
            let sql = "DELETE FROM throttle WHERE attempts > 0"
            let count: Int
            if let keys {
                let delete = try db.cachedStatement(sql: "\(sql) AND key = ?")
                count = try keys.reduce(0) { count, key in
                    try delete.execute(arguments: [Data(key.bytes)])
                    return count + db.changesCount
                }
            } else {
                try db.execute(sql: sql)
                count = db.changesCount
            }
            if count > 0 { try AuditRows.insert(event, db) }
            return count
        }
    }

    public func pruneCounters(at now: Timestamp, limit: Int) throws(StoreError) -> Int {
        let condition = "FROM throttle WHERE expires_at <= ?"
        let found = try read { db in
            try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 \(condition))", arguments: [now.secondsSince1970])
        }
        guard found == true else { return 0 }
        return try write(changesPrincipals: false) { db in
            let delete = try db.cachedStatement(
                sql: "DELETE FROM throttle WHERE key IN (SELECT key \(condition) LIMIT ?)")
            try delete.execute(arguments: [now.secondsSince1970, limit])
            return db.changesCount
        }
    }

    /// Gives back what was reserved for a login that succeeded, inside the caller's transaction.
    static func release(_ attempt: ThrottleReservation, at now: Timestamp, _ db: Database) throws {
        try store(attempt.releasing(try counters(attempt.keys, db), succeeded: true, at: now), db)
    }

    static func counters(
        _ keys: [ThrottleKey], _ db: Database
    ) throws -> [ThrottleKey: ThrottleCounter] {
        let find = try db.cachedStatement(
            sql: "SELECT attempts, since, blocked_until, expires_at FROM throttle WHERE key = ?")
        var counters: [ThrottleKey: ThrottleCounter] = [:]
        for key in keys {
            guard let row = try Row.fetchOne(find, arguments: [Data(key.bytes)]) else { continue }
            counters[key] = ThrottleCounter(
                attempts: row[0], since: Timestamp(column: row[1]), blockedUntil: Timestamp(column: row[2]),
                expiresAt: Timestamp(column: row[3]))
        }
        return counters
    }

    static func store(_ counters: [ThrottleKey: ThrottleCounter?], _ db: Database) throws {
        let delete = try db.cachedStatement(sql: "DELETE FROM throttle WHERE key = ?")
        let replace = try db.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO throttle (key, attempts, since, blocked_until, expires_at)
                VALUES (?, ?, ?, ?, ?)
                """)
        for (key, counter) in counters {
            guard let counter else {
                try delete.execute(arguments: [Data(key.bytes)])
                continue
            }
            try replace.execute(arguments: [
                Data(key.bytes), counter.attempts, counter.since.secondsSince1970,
                counter.blockedUntil.secondsSince1970, counter.expiresAt.secondsSince1970,
            ])
        }
    }
}
