import GRDB
public import Identity

extension SQLiteStore {
    public func append(_ event: AuditEvent) throws(StoreError) {
        try write(changesPrincipals: false) { db in try AuditRows.insert(event, db) }
    }

    public func auditEvents(_ filter: AuditFilter, _ page: PageRequest) throws(StoreError) -> Page<AuditEvent> {
        try readSnapshot { db in
            var conditions: [Keyset.Condition] = []
            if let organization = filter.organization {
                conditions.append(("organization_id = ?", [organization.column]))
            }
            if let kind = filter.kind { conditions.append(("kind = ?", [kind.rawValue])) }
            if let actor = filter.actor { conditions.append(("actor_id = ?", [actor.column])) }
            if let account = filter.account { conditions.append(("account_id = ?", [account.column])) }
            if let since = filter.since { conditions.append(("time >= ?", [since.secondsSince1970])) }
            if let until = filter.until { conditions.append(("time < ?", [until.secondsSince1970])) }
            // The sequence is a key by itself.
            let keyset = Keyset(
                columns: "*", tables: "audit_event", conditions: conditions, keys: ("sequence", "sequence"),
                isDescending: true)
            return try keyset.page(db, page, AuditRows.event)
        }
    }

    public func lastEventTime() throws(StoreError) -> Timestamp? {
        try read { db in
            let statement = try db.cachedStatement(sql: "SELECT time FROM audit_event ORDER BY sequence DESC LIMIT 1")
            return try Int64.fetchOne(statement).map(Timestamp.init(column:))
        }
    }

    public func pruneAudit(before moment: Timestamp, event: AuditEvent) throws(StoreError) -> Int {
        try write { db in
            let delete = try db.cachedStatement(sql: "DELETE FROM audit_event WHERE time < ?")
            try delete.execute(arguments: [moment.secondsSince1970])
            let count = db.changesCount
            if count > 0 { try AuditRows.insert(event, db) }
            return count
        }
    }
}
