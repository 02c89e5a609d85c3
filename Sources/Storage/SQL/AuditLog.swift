import Identity

extension SQLStore {
    public func append(_ event: AuditEvent, on server: StoreServer?) throws(StoreError) {
        try write { transaction in
            transaction.leavesPrincipals()
            try transaction.require(server)
            try transaction.record(event)
        }
    }

    public func auditEvents(_ filter: AuditFilter, _ page: PageRequest) throws(StoreError) -> Page<AuditEvent> {
        try readAudit { transaction, isSettled in
            var keyset = Keyset.auditEvents(filter)
            var ranges = try keyset.ranges(transaction)
            if ranges == nil {
                keyset = .auditEventsByTime(filter)
                ranges = try keyset.ranges(transaction)
            }
            if !isSettled.isNone { keyset.filters.append(isSettled) }
            return try keyset.page(transaction, page, in: ranges ?? [], totals) { try transaction.auditEvent(at: $0) }
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
                try transaction.lock(.audit)
                // First, since nothing is deleted but what the newest entry of this kind allows.
                if isFirst { try transaction.record(event.with(["before": "\(moment)"])) }
                return try transaction.removeAudit(before: moment, limit: most).value
            }
            isFirst = false
            count += removed
            // Fewer than the most may be a part of the log that went as a whole, with more behind it.
            if removed == 0 { return count }
        }
    }
}

extension Keyset {
    /// The list as ranges of the index that fits the filter best.
    fileprivate static func auditEvents(_ filter: AuditFilter) -> Keyset {
        func column(_ name: String, _ value: (some SQLValue)?) -> Column {
            value.map { .one(name, "\($0)") } ?? .any(name)
        }
        let organization = column("organization_id", filter.organization)
        let kind = column("kind", filter.kind?.rawValue)
        if let account = filter.account {
            var keyset = auditEvents(
                filter, index: "audit_event_account",
                prefix: [.one("account_id", "\(account)"), organization, kind])
            if let actor = filter.actor { keyset.filters.append("actor_id = \(actor)") }
            return keyset
        }
        if let actor = filter.actor {
            return auditEvents(
                filter, index: "audit_event_actor", prefix: [.one("actor_id", "\(actor)"), organization, kind])
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
        let address: SQLFragment? = filter.address.map { "address = \($0.sought)" }
        return Keyset(
            table: "audit_event", index: index, prefix: prefix, filters: [address].compactMap(\.self),
            keys: ("time", "sequence"),
            bounds: (filter.since?.secondsSince1970, filter.until?.secondsSince1970), isDescending: true)
    }
}
