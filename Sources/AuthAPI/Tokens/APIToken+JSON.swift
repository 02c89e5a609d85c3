import HTTPTypes
public import Identity
public import JSON

/// An API token as it is shown.
struct ShownAPIToken: Shaped {
    let record: APIToken
    /// The credential to send, known only when it has just been made.
    var token: BearerToken?

    static let shape = Shape<ShownAPIToken>("APIToken") {
        Member("id", Example.apiToken) { $0.record.id }
        Member("name", "app") { $0.record.name }
        Member("token", .null, "The token itself, only in the answer to its creation; else null.") { $0.token?.text }
        Member("scopes", ["register", "login"]) { $0.record.scopes }
        Member("role_ceiling", "AppAdmin", roleCeilingDescription) { $0.record.roleCeiling }
        Member("hashed_token", "3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855f") {
            $0.record.tokenHash
        }
        Member("last_used_at", .null) { $0.record.lastUsedAt }
        Member("created_at", Example.moment) { $0.record.createdAt }
        Member("valid_until", "2027-01-31T00:00:00Z") { $0.record.validUntil }
    }

    static let roleCeilingDescription =
        "The highest role of the account that counts; null for each: a session, or a token without one."
}

extension APIToken {
    /// The API token as the API shows it.
    ///
    /// - Parameter token: the credential to send, known only when it has just been made.
    public func json(token: BearerToken?) -> JSONValue { ShownAPIToken(record: self, token: token).jsonValue }
}
