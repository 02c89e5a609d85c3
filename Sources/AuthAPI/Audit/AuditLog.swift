import HTTP
import Identity

extension AuthAPI {
    /// `GET /app/audit`: the audit log of the organization in which the caller acts, the newest entry first.
    func auditEvents(_ exchange: Exchange) throws -> Response {
        var query = try exchange.query()
        var filter = AuditFilter()
        filter.kind = query.value("type", "There is no such type.", .unknownKind) { AuditEvent.Kind(named: $0) }
        filter.actor = query.identifier("actor", of: Account.self)
        filter.account = query.identifier("account", of: Account.self)
        filter.since = query.timestamp("since")
        filter.until = query.timestamp("until")
        let page = query.page()
        try query.check()
        return Response(page: try service.auditEvents(filter, page, by: exchange.caller), \.json)
    }
}
