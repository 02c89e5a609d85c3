public import Identity
public import JSON

extension AuditEvent: Shaped {
    static let shape = Shape<AuditEvent>("AuditEvent") {
        Member("id", "evt_1f3b2d4e5f7a6c8a") { $0.id }
        Member("type", "login.succeeded") { $0.kind }
        Member("time", Example.moment) { $0.time }
        Member("actor", Example.account, "The account that did it; null for nobody known.") { $0.actor }
        Member("credential", ["kind": "api_token", "id": Example.apiToken]) { UsedCredential($0.credential) }
        Member("account", Example.account, "The account to which it was done.") { $0.account }
        Member("target", Example.session, "The session, token, user or organization to which it was done.") {
            $0.target
        }
        Member("org_id", Example.organization) { $0.organization }
        Member("address", "192.0.2.44", "The client's address.") { $0.address.orNil }
        Member("request_id", Example.requestID) { $0.requestID.orNil }
        Member("details", [:]) { $0.details }
    }

    /// The entry as the API shows it.
    public var json: JSONValue { jsonValue }
}

/// The credential by which something was done.
private struct UsedCredential: Shaped {
    let kind: String
    let id: String?

    init?(_ credential: AuditEvent.Authorization) {
        switch credential {
        case .none: return nil
        case .commandLine: (kind, id) = ("command_line", nil)
        case .credential(let credential): (kind, id) = (credential.kind, credential.description)
        }
    }

    static let shape = Shape<UsedCredential> {
        Member("kind", "api_token", schema: .choice(["api_token", "session", "command_line"])) { $0.kind }
        Member("id", Example.apiToken) { $0.id }
    }
}

extension CredentialID {
    /// The kind of credential as the API shows it.
    var kind: String {
        switch self {
        case .apiToken: "api_token"
        case .session: "session"
        }
    }
}
