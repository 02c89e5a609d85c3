import GRDB
import Identity

/// Who carries a credential, asked at each request on one connection.
struct CredentialLookup {
    private let apiToken: PreparedQuery
    private let session: PreparedQuery

    /// - Throws: `DatabaseError`, as SQLite says.
    init(_ queue: DatabaseQueue) throws {
        apiToken = try PreparedQuery(
            queue,
            sql: """
                SELECT account.id, account.email, account.must_change_password, account.roles,
                    user.organization_id, user.id, user.roles,
                    api_token.id, api_token.valid_until, api_token.last_used_at, api_token.scopes
                FROM api_token
                JOIN account ON account.id = api_token.account_id
                JOIN user ON user.account_id = account.id AND user.organization_id = api_token.organization_id
                WHERE api_token.token_hash = ? AND (api_token.valid_until IS NULL OR api_token.valid_until > ?)
                    AND account.state = 'Active' AND user.state = 'Active'
                """)
        session = try PreparedQuery(
            queue,
            sql: """
                SELECT account.id, account.email, account.must_change_password, account.roles,
                    user.organization_id, user.id, user.roles,
                    session.id, session.expires_at, session.last_seen, NULL
                FROM session
                JOIN account ON account.id = session.account_id
                LEFT JOIN user ON user.id = (
                    SELECT id FROM user AS own WHERE own.account_id = account.id AND own.state = 'Active'
                    ORDER BY own.created_at, own.id LIMIT 1)
                WHERE session.token_hash = ? AND session.expires_at > ? AND session.last_seen > ?
                    AND account.state = 'Active'
                """)
    }

    func principal(apiToken hash: TokenHash, at now: Timestamp) throws -> Principal? {
        try apiToken.first(hash.bytes, now.secondsSince1970) { try CredentialRow($0) }?.principal
    }

    func principal(session hash: TokenHash, at now: Timestamp, idleSince: Timestamp) throws -> Principal? {
        try session.first(hash.bytes, now.secondsSince1970, idleSince.secondsSince1970) { try CredentialRow($0) }?
            .principal
    }
}
