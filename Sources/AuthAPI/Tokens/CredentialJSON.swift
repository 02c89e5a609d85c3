public import Identity
public import JSON

extension Session {
    /// The session as the API shows it.
    ///
    /// - Parameter isCurrent: whether it is the one with which is asked.
    public func json(isCurrent: Bool) -> JSONValue {
        [
            "id": .string("\(id)"),
            "created_at": .string("\(createdAt)"),
            "last_seen": .string("\(lastSeen)"),
            "expires_at": .string("\(expiresAt)"),
            "address": .string(orNull: address.isEmpty ? nil : address),
            "user_agent": .string(orNull: userAgent.isEmpty ? nil : userAgent),
            "is_current": .bool(isCurrent),
        ]
    }
}

extension APIToken {
    /// The API token as the API shows it.
    ///
    /// - Parameter token: what is sent as the credential, known only when it has just been made.
    public func json(token: BearerToken?) -> JSONValue {
        [
            "id": .string("\(id)"),
            "name": .string(name),
            "token": .string(orNull: token?.text),
            "scopes": .strings(scopes.names),
            "role_ceiling": .string(orNull: roleCeiling?.rawValue),
            "hashed_token": .string("\(tokenHash)"),
            "last_used_at": .string(orNull: lastUsedAt?.description),
            "created_at": .string("\(createdAt)"),
            "valid_until": .string(orNull: validUntil?.description),
        ]
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
