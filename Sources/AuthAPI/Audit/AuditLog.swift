import HTTP
import HTTPTypes
import Identity

private let kind = QueryParameter<AuditEvent.Kind>("type", "Only events of this type.")
private let actor = QueryParameter<Identifier<Account>>("actor", "Only events that this account caused.")
private let subject = QueryParameter<Identifier<Account>>("account", "Only events that concern this account.")
private let since = QueryParameter<Timestamp>("since", "Only events from this moment on.", .anyMoment)
private let until = QueryParameter<Timestamp>("until", "Only events until this moment.", .anyMoment)

extension Endpoint {
    static let auditEvents = Endpoint(
        .get, "/app/audit", .scope(.auditRead), id: "listAuditEvents", in: .organization, "Read the audit log",
        """
        Lists events with their actor, target, time, client address and credential, the newest first.
        """,
        query: [kind, actor, subject, since, until] + Paging.parameters, answer: .list
    ) { api, call in
        var query = try call.query()
        var filter = AuditFilter()
        filter.kind = query[kind]
        filter.actor = query[actor]
        filter.account = query[subject]
        filter.since = query[since]
        filter.until = query[until]
        return try api.service.auditEvents(filter, query.checkedPage(), by: call.caller)
    }
}
