import GRDB
public import Identity

extension SQLiteStore {
    public func append(_ event: AuditEvent) throws(StoreError) {
        try write(changesPrincipals: false) { db in try AuditRows.insert(event, db) }
    }

    public func append(
        counting keys: [ThrottleKey],
        _ rule: ([ThrottleKey: ThrottleCounter]) -> (changed: [ThrottleKey: ThrottleCounter], event: AuditEvent)?
    ) throws(StoreError) {
        try transaction(changesPrincipals: false) { db in
            guard let (changed, event) = rule(try Self.counters(keys, db)) else { return ((), .rollback) }
            try Self.store(changed.mapValues { $0 }, db)
            try AuditRows.insert(event, db)
            return ((), .commit)
        }
    }

    public func auditEvents(_ filter: AuditFilter, _ page: PageRequest) throws(StoreError) -> Page<AuditEvent> {
        try readList { db, totals in
            var keyset = Self.keyset(filter)
            var ranges = try keyset.ranges(db)
            if ranges == nil {
                keyset = Self.keysetByTime(filter)
                ranges = try keyset.ranges(db)
            }
            return try keyset.page(db, page, in: ranges ?? [], totals) { sequence in
                let find = try db.cachedStatement(sql: "SELECT * FROM audit_event WHERE sequence = ?")
                return try Row.fetchOne(find, arguments: [sequence]).map(AuditRows.event)
            }
        }
    }

    /// The list as ranges of the index that fits the filter best.
    static func keyset(_ filter: AuditFilter) -> Keyset {
        func column(_ name: String, _ value: (any DatabaseValueConvertible)?) -> Keyset.Column {
            value.map { .one(name, $0) } ?? .any(name)
        }
        let organization = column("organization_id", filter.organization?.column)
        let kind = column("kind", filter.kind?.rawValue)
        if let account = filter.account {
            var keyset = keyset(
                filter, index: "audit_event_account", prefix: [.one("account_id", account.column), organization, kind])
            if let actor = filter.actor { keyset.filters = [("actor_id = ?", [actor.column])] }
            return keyset
        }
        if let actor = filter.actor {
            return keyset(
                filter, index: "audit_event_actor", prefix: [.one("actor_id", actor.column), organization, kind])
        }
        guard filter.organization != nil || filter.kind != nil else { return keysetByTime(filter) }
        return keyset(filter, index: "audit_event_organization", prefix: [organization, kind])
    }

    /// The list as one range of moments, whose entries are looked at one by one: for the command line, where the
    /// entries of many organizations would have to be merged.
    private static func keysetByTime(_ filter: AuditFilter) -> Keyset {
        var keyset = keyset(filter, index: "audit_event_time", prefix: [])
        if let organization = filter.organization {
            keyset.filters.append(("organization_id = ?", [organization.column]))
        }
        if let kind = filter.kind { keyset.filters.append(("kind = ?", [kind.rawValue])) }
        if let actor = filter.actor { keyset.filters.append(("actor_id = ?", [actor.column])) }
        if let account = filter.account { keyset.filters.append(("account_id = ?", [account.column])) }
        return keyset
    }

    private static func keyset(_ filter: AuditFilter, index: String, prefix: [Keyset.Column]) -> Keyset {
        Keyset(
            table: "audit_event", index: index, prefix: prefix, keys: ("time", "sequence"),
            bounds: (filter.since?.secondsSince1970, filter.until?.secondsSince1970), isDescending: true)
    }

    public func lastEventTime() throws(StoreError) -> Timestamp? {
        try read { db in
            let statement = try db.cachedStatement(sql: "SELECT max(time) FROM audit_event")
            return try Int64.fetchOne(statement).map(Timestamp.init(column:))
        }
    }

    public func pruneAudit(before moment: Timestamp, event: AuditEvent) throws(StoreError) -> Int {
        let isNeeded = try read { db in
            try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM audit_event WHERE time < ?)",
                arguments: [moment.secondsSince1970])
        }
        guard isNeeded == true else { return 0 }
        var (count, isFirst) = (0, true)
        while true {
            let removed = try write(changesPrincipals: false) { db in
                // First, since nothing is deleted but what the newest entry of this kind allows.
                if isFirst { try AuditRows.insert(event.with(["before": "\(moment)"]), db) }
                return try Self.removeAudit(before: moment, db)
            }
            isFirst = false
            count += removed
            if removed < Self.prunedAtOnce { return count }
        }
    }

    /// The most entries that are removed in one transaction, which takes some 20 ms: logins wait meanwhile.
    private static let prunedAtOnce = 1000

    /// Removes some of the entries from before a moment, as far as the newest pruning entry allows, which may be
    /// another process's by now.
    private static func removeAudit(before moment: Timestamp, _ db: Database) throws -> Int {
        let delete = try db.cachedStatement(
            sql: """
                WITH pruning AS (
                    SELECT sequence, unixepoch(substr(details, instr(details, '"before":"') + 10, 20)) AS before
                    FROM audit_event INDEXED BY audit_event_pruning WHERE kind = 'audit.pruned'
                    ORDER BY sequence DESC LIMIT 1)
                DELETE FROM audit_event WHERE sequence IN (
                    SELECT event.sequence FROM pruning CROSS JOIN audit_event AS event INDEXED BY audit_event_time
                    WHERE event.time < ? AND event.time < pruning.before AND event.sequence < pruning.sequence LIMIT ?)
                """)
        try delete.execute(arguments: [moment.secondsSince1970, prunedAtOnce])
        return db.changesCount
    }
}
