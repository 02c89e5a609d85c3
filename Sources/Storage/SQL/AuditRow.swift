import FoundationEssentials
import GRDB
import Identity

/// Entries of the audit log as they are kept.
enum AuditRows {
    /// Adds an entry inside the caller's transaction.
    ///
    /// An entry about an account belongs to an organization of that account: the one that it names, where the account has
    /// a user there, else the one that the account joined first. So its owners see it, wherever the actor acted.
    static func insert(_ event: AuditEvent, _ db: Database) throws {
        let insert = try PreparedQuery(
            db,
            sql: """
                INSERT INTO audit_event (id, time, kind, actor_id, credential, credential_id, account_id, target,
                    organization_id, address, request_id, details)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,
                    coalesce(
                        (SELECT organization_id FROM user WHERE account_id = ?7 AND organization_id = ?9),
                        (SELECT organization_id FROM user WHERE account_id = ?7 ORDER BY created_at, id LIMIT 1), ?9),
                    ?10, ?11, ?12)
                """)
        let (credential, credentialID) = columns(event.credential)
        try insert.run(
            event.id.column, event.time.secondsSince1970, event.kind.rawValue, event.actor?.column, credential,
            credentialID, event.account?.column, event.target, event.organization?.column, event.address,
            event.requestID, try details(event.details))
    }

    static func event(_ row: Row) throws -> AuditEvent {
        let id = Identifier<AuditEvent>(column: row["id"])
        guard let kind = AuditEvent.Kind(rawValue: row["kind"]) else {
            throw StoreError(.damaged, "\(id) is of the unknown kind \(row["kind"] as String)")
        }
        return AuditEvent(
            id: id, time: Timestamp(column: row["time"]), kind: kind, actor: identifier(row["actor_id"]),
            credential: credential(row["credential"], row["credential_id"]), account: identifier(row["account_id"]),
            target: row["target"], organization: identifier(row["organization_id"]), address: row["address"],
            requestID: row["request_id"], details: try details(row["details"]))
    }

    private static func identifier<Entity>(_ column: Int64?) -> Identifier<Entity>? {
        column.map { Identifier(column: $0) }
    }

    private static func columns(_ credential: AuditEvent.Credential) -> (String, Int64?) {
        switch credential {
        case .none: ("none", nil)
        case .commandLine: ("command_line", nil)
        case .credential(.apiToken(let id)): ("api_token", id.column)
        case .credential(.session(let id)): ("session", id.column)
        }
    }

    private static func credential(_ text: String, _ id: Int64?) -> AuditEvent.Credential {
        switch (text, id) {
        case ("command_line", _): .commandLine
        case ("api_token", let id?): .credential(.apiToken(Identifier(column: id)))
        case ("session", let id?): .credential(.session(Identifier(column: id)))
        default: .none
        }
    }

    private static func details(_ details: [String: String]) throws -> String? {
        guard !details.isEmpty else { return nil }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(details), as: UTF8.self)
    }

    private static func details(_ text: String?) throws -> [String: String] {
        guard let text else { return [:] }
        return try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
    }
}
