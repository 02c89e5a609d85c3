import Identity

extension SQLStore {
    public func append(_ event: AuditEvent) throws(StoreError) {
        try write { transaction in
            transaction.leavesPrincipals()
            try transaction.record(event)
        }
    }

    public func auditEvents(_ filter: AuditFilter, _ page: PageRequest) throws(StoreError) -> Page<AuditEvent> {
        try readSnapshot { transaction in
            var keyset = Keyset.auditEvents(filter)
            var ranges = try keyset.ranges(transaction)
            if ranges == nil {
                keyset = .auditEventsByTime(filter)
                ranges = try keyset.ranges(transaction)
            }
            return try keyset.page(transaction, page, in: ranges ?? [], totals) { try transaction.auditEvent($0) }
        }
    }

    public func lastEventTime() throws(StoreError) -> Timestamp? {
        try read { transaction in
            try transaction.first("SELECT max(time) FROM audit_event") { $0.optionalMoment(0) }.value ?? nil
        }
    }

    public func pruneAudit(before moment: Timestamp, event: AuditEvent) throws(StoreError) -> Int {
        let isNeeded = try read { transaction in
            try transaction.first("SELECT 1 FROM audit_event WHERE time < $1 LIMIT 1", moment) { _ in true }.value
        }
        guard isNeeded != nil else { return 0 }
        // The most entries that are removed in one transaction, which takes some 20 ms: logins wait meanwhile.
        let most = 1000
        var (count, isFirst) = (0, true)
        while true {
            let removed = try write { transaction in
                transaction.leavesPrincipals()
                // First, since nothing is deleted but what the newest entry of this kind allows.
                if isFirst { try transaction.record(event.with(["before": "\(moment)"])) }
                return try transaction.removeAudit(before: moment, limit: most)
            }
            isFirst = false
            count += removed
            if removed < most { return count }
        }
    }
}

extension SQLTransaction {
    /// Removes some of the entries from before a moment, as far as the newest pruning entry allows, which may be
    /// another process's by now.
    fileprivate func removeAudit(before moment: Timestamp, limit: Int) throws -> Int {
        let allowed = Dialect.seconds(ofTime: "substr(details, \(Dialect.position)(details, '\"before\":\"') + 10, 20)")
        return try run(
            """
            WITH pruning AS (
                SELECT sequence, \(allowed) AS before
                FROM \(Dialect.rows(of: "audit_event", by: "audit_event_pruning")) WHERE kind = 'audit.pruned'
                ORDER BY sequence DESC LIMIT 1)
            DELETE FROM audit_event WHERE sequence IN (
                SELECT event.sequence
                FROM pruning CROSS JOIN \(Dialect.rows(of: "audit_event AS event", by: "audit_event_time"))
                WHERE event.time < $1 AND event.time < pruning.before AND event.sequence < pruning.sequence LIMIT $2)
            """, moment, limit
        ).value
    }
}

extension Keyset {
    /// The list as ranges of the index that fits the filter best.
    fileprivate static func auditEvents(_ filter: AuditFilter) -> Keyset {
        func column(_ name: String, _ value: SQLArgument?) -> Column { value.map { .one(name, $0) } ?? .any(name) }
        let organization = column("organization_id", filter.organization?.argument)
        let kind = column("kind", filter.kind?.rawValue.argument)
        if let account = filter.account {
            var keyset = auditEvents(
                filter, index: "audit_event_account",
                prefix: [.one("account_id", account.argument), organization, kind])
            if let actor = filter.actor { keyset.filters.append("actor_id = \(actor)") }
            return keyset
        }
        if let actor = filter.actor {
            return auditEvents(
                filter, index: "audit_event_actor", prefix: [.one("actor_id", actor.argument), organization, kind])
        }
        guard filter.organization != nil || filter.kind != nil else { return auditEventsByTime(filter) }
        return auditEvents(filter, index: "audit_event_organization", prefix: [organization, kind])
    }

    /// The list as one range of moments, whose entries are looked at one by one: for the command line, where the
    /// entries of many organizations would have to be merged.
    fileprivate static func auditEventsByTime(_ filter: AuditFilter) -> Keyset {
        var keyset = auditEvents(filter, index: "audit_event_time", prefix: [])
        if let organization = filter.organization { keyset.filters.append("organization_id = \(organization)") }
        if let kind = filter.kind { keyset.filters.append("kind = \(kind.rawValue)") }
        if let actor = filter.actor { keyset.filters.append("actor_id = \(actor)") }
        if let account = filter.account { keyset.filters.append("account_id = \(account)") }
        return keyset
    }

    private static func auditEvents(_ filter: AuditFilter, index: String, prefix: [Column]) -> Keyset {
        // No index has the address: it is looked at in each entry that the others leave.
        let address: SQLFragment? = filter.address.map { "address = \($0)" }
        return Keyset(
            table: "audit_event", index: index, prefix: prefix, filters: [address].compactMap(\.self),
            keys: ("time", "sequence"),
            bounds: (filter.since?.secondsSince1970, filter.until?.secondsSince1970), isDescending: true)
    }
}
