import Identity

extension SQLTransaction {
    /// Adds an entry to the audit log.
    ///
    /// An entry about an account belongs to an organization of that account: the one that it names, where the account
    /// has a user there, else the one that the account joined first. So its owners see it, wherever the actor acted.
    func record(_ event: AuditEvent) throws {
        let (credential, credentialID) = event.credential.columns
        try run(
            """
            INSERT INTO audit_event (id, time, kind, actor_id, credential, credential_id, account_id, target,
                organization_id, address, request_id, details)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8,
                coalesce(
                    (SELECT organization_id FROM "user" WHERE account_id = $7 AND organization_id = $9),
                    (SELECT organization_id FROM "user" WHERE account_id = $7 ORDER BY created_at, id LIMIT 1), $9),
                $10, $11, $12)
            """, event.id, event.time, event.kind.rawValue, event.actor, credential, credentialID, event.account,
            event.target, event.organization, event.address, event.requestID,
            event.details.isEmpty ? nil : JSONText.object(event.details))
    }

    /// The entry with a number.
    func auditEvent(_ sequence: Int64) throws -> AuditEvent? {
        let sql = """
            SELECT id, time, kind, actor_id, credential, credential_id, account_id, target, organization_id, address,
                request_id, details
            FROM audit_event WHERE sequence = $1
            """
        let found = try first(sql, sequence) { row -> (event: AuditEvent, details: String?) in
            let id: Identifier<AuditEvent> = try row.id(0)
            let kindName = try row.string(2)
            guard let kind = AuditEvent.Kind(rawValue: kindName) else {
                throw StoreError(.damaged, "\(id) is of the unknown kind \(kindName)")
            }
            let event = AuditEvent(
                id: id, time: try row.moment(1), kind: kind, actor: row.optionalID(3),
                credential: AuditEvent.Authorization(try row.string(4), row.integer(5)), account: row.optionalID(6),
                target: try row.text(7), organization: row.optionalID(8), address: try row.string(9),
                requestID: try row.string(10), details: [:])
            return (event, try row.text(11))
        }
        guard let (event, details) = try found.value else { return nil }
        guard let details else { return event }
        let members = try all(Dialect.members(ofJSON: "$1"), details) { (try $0.string(0), try $0.string(1)) }
        return event.with(Dictionary(try members.value) { _, last in last })
    }
}

extension AuditEvent.Authorization {
    fileprivate var columns: (kind: String, id: Int64?) {
        switch self {
        case .none: ("none", nil)
        case .commandLine: ("command_line", nil)
        case .credential(.apiToken(let id)): ("api_token", id.column)
        case .credential(.session(let id)): ("session", id.column)
        }
    }

    fileprivate init(_ kind: String, _ id: Int64?) {
        self =
            switch (kind, id) {
            case ("command_line", _): .commandLine
            case ("api_token", let id?): .credential(.apiToken(Identifier(column: id)))
            case ("session", let id?): .credential(.session(Identifier(column: id)))
            default: .none
            }
    }
}

/// The writing of JSON (RFC 8259) as the details of an entry need it; reading is the engine's.
private enum JSONText {
    /// An object of texts, in the order of its names. The pruning of the log finds `"before":"` in it.
    static func object(_ members: [String: String]) -> String {
        let members = members.sorted { $0.key < $1.key }.map { "\(string($0.key)):\(string($0.value))" }
        return "{\(members.joined(separator: ","))}"
    }

    private static func string(_ text: String) -> String {
        var escaped = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": escaped += "\\\(scalar)"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped + "\""
    }
}
