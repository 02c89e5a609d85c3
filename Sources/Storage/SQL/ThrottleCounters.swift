import Identity

extension SQLStore {
    public func counters(_ keys: [ThrottleKey]) throws(StoreError) -> [ThrottleKey: ThrottleCounter] {
        try readSnapshot { try $0.counters(keys) }
    }

    @discardableResult
    public func changeCounters(
        _ keys: [ThrottleKey], on server: StoreServer?, repeats: Bool,
        _ rule: ([ThrottleKey: ThrottleCounter]) -> [ThrottleKey: ThrottleCounter?]?
    ) throws(StoreError) -> StoreServer {
        try transaction { transaction in
            transaction.leavesPrincipals()
            transaction.toleratesLoss(repeats: repeats)
            guard server == nil || server == transaction.server else { return .rollback(transaction.server) }
            try transaction.lock(.throttle(keys))
            guard let changed = rule(try transaction.counters(keys).value) else { return .rollback(transaction.server) }
            try transaction.store(changed)
            return .commit(transaction.server)
        }
    }

    public func append(
        counting keys: [ThrottleKey],
        _ rule: ([ThrottleKey: ThrottleCounter]) -> (changed: [ThrottleKey: ThrottleCounter], event: AuditEvent)?
    ) throws(StoreError) {
        try transaction { transaction in
            transaction.leavesPrincipals()
            try transaction.lock(.throttle(keys))
            guard let (changed, event) = rule(try transaction.counters(keys).value) else { return .rollback(()) }
            try transaction.store(changed.mapValues { $0 })
            try transaction.record(event)
            return .commit(())
        }
    }

    public func clearCounters(_ keys: [ThrottleKey]?, event: AuditEvent) throws(StoreError) -> Int {
        try write { transaction in
            transaction.leavesPrincipals()
            try transaction.lock(keys.map { SQLLock.throttle($0) } ?? .allThrottles)
            // A counter that only makes an address known counts no attempts.
            let sql = "DELETE FROM throttle WHERE attempts > 0"
            let removals =
                try keys?.map { try transaction.run("\(sql) AND key = $1", $0) } ?? [transaction.run(sql)]
            let count = try removals.values().reduce(0, +)
            if count > 0 { try transaction.record(event) }
            return count
        }
    }

    public func pruneCounters(at now: Timestamp, limit: Int) throws(StoreError) -> Int {
        let condition = "FROM throttle WHERE expires_at <= $1"
        let isNeeded = try read { transaction in
            try transaction.first("SELECT 1 \(condition) LIMIT 1", now) { _ in true }.value != nil
        }
        guard isNeeded else { return 0 }
        let unlocked = Transaction.Dialect.skippingLocked
        return try write { transaction in
            transaction.leavesPrincipals()
            return try transaction.run(
                "DELETE FROM throttle WHERE key IN (SELECT key \(condition) LIMIT $2 \(unlocked))", now, limit
            ).value
        }
    }
}

extension SQLTransaction {
    /// Ends the transaction unless it is on a server.
    ///
    /// - Parameter server: the server that counts an attempt; `nil` if none does.
    /// - Throws: `StoreError.replacedServer`.
    func require(_ server: StoreServer?) throws(StoreError) {
        if let server, server != self.server { throw .replacedServer }
    }

    func counters(_ keys: [ThrottleKey]) throws -> SQLResult<[ThrottleKey: ThrottleCounter]> {
        let sql = "SELECT attempts, since, blocked_until, expires_at FROM throttle WHERE key = $1"
        let found = try keys.map { key in
            try first(sql, key) { row in
                ThrottleCounter(
                    attempts: try row.number(0), since: try row.moment(1), blockedUntil: try row.moment(2),
                    expiresAt: try row.moment(3))
            }
        }
        return .pending { try zip(keys, found).reduce(into: [:]) { $0[$1.0] = try $1.1.value } }
    }

    func store(_ counters: [ThrottleKey: ThrottleCounter?]) throws {
        for (key, counter) in counters {
            guard let counter else {
                try run("DELETE FROM throttle WHERE key = $1", key)
                continue
            }
            try run(
                """
                INSERT INTO throttle (key, attempts, since, blocked_until, expires_at) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (key) DO UPDATE SET attempts = excluded.attempts, since = excluded.since,
                    blocked_until = excluded.blocked_until, expires_at = excluded.expires_at
                """, key, counter.attempts, counter.since, counter.blockedUntil, counter.expiresAt)
        }
    }
}
