import Identity

extension SQLTransaction {
    /// Adds an entry to the audit log.
    ///
    /// An entry about an account belongs to an organization of that account: the one that it names, if the account
    /// has a user there, else the one that the account joined first. So its owners see it, wherever the actor acted.
    func record(_ event: AuditEvent) throws {
        let (credential, credentialID) = event.credential.columns
        try willRecord(event)
        try run(
            Dialect.auditInsertion, event.id, event.time, event.kind.rawValue, event.actor, credential, credentialID,
            event.account, event.target, event.organization, event.address, event.requestID,
            event.details.isEmpty ? nil : JSONText.object(event.details))
    }

    /// The entry at a place of the log, with its details.
    func auditEvent(at place: Cursor) throws -> SQLResult<AuditEvent?> {
        let sql = """
            SELECT audit_event.id, time, kind, actor_id, credential, credential_id, account_id, target, organization_id,
                address, request_id, member.key, member.value
            FROM audit_event \(Dialect.joinedMembers(ofJSON: "audit_event.details"))
            WHERE time = $1 AND sequence = $2
            """
        return try assembled(sql, place.major, place.minor) { row, found in
            let event = try found ?? row.auditEvent()
            let name = try row.text(11)
            found = try name.map { event.with([$0: try row.string(12)]) } ?? event
        }
    }
}

enum AuditQueries<Dialect: SQLDialect> {
    /// The account of an entry, or one that nobody has: so an entry about no account looks for its users as well. Where
    /// a login fails, the time must not tell whether there is such an account: the look takes 1 of some 400
    /// microseconds of a failed login by a passkey.
    private static var account: String { "coalesce(CAST($7 AS BIGINT), 0)" }

    static var insertion: String {
        let values = """
            $1, \(Dialect.auditPlace(of: "$2")), $3, $4, $5, $6, $7, $8,
                coalesce(
                    (SELECT organization_id FROM "user" WHERE account_id = \(account) AND organization_id = $9),
                    (SELECT organization_id FROM "user" WHERE account_id = \(account) ORDER BY created_at, id LIMIT 1),
                    $9),
                $10, $11, $12
            """
        return """
            INSERT INTO audit_event (id, \(Dialect.auditPlace), kind, actor_id, credential, credential_id, account_id,
                target, organization_id, address, request_id, details)
            \(Dialect.auditRow(values))
            """
    }
}

extension SQLRow {
    /// The entry of a row, without its details.
    fileprivate func auditEvent() throws -> AuditEvent {
        let id: Identifier<AuditEvent> = try id(0)
        let kindName = try string(2)
        guard let kind = AuditEvent.Kind(rawValue: kindName) else {
            throw StoreError(.damaged, "\(id) is of the unknown kind \(kindName)")
        }
        return AuditEvent(
            id: id, time: try moment(1), kind: kind, actor: optionalID(3),
            credential: AuditEvent.Authorization(try string(4), integer(5)), account: optionalID(6),
            target: try text(7), organization: optionalID(8), address: try string(9), requestID: try string(10),
            details: [:])
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

/// The writing of JSON (RFC 8259) as the details of an entry need it; reading is the engine's. U+0000, which PostgreSQL
/// reads from no JSON, becomes U+FFFD.
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
            case "\0": escaped += "\\ufffd"
            case "\u{1}"..<" ":
                let digits = String(scalar.value, radix: 16)
                escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped + "\""
    }
}
