import GRDB
import Identity

/// Who carries a credential, asked at each request on one connection.
struct CredentialLookup {
    private let apiToken: PreparedQuery
    private let session: PreparedQuery
    private let index: WALIndex?
    private let cache: PrincipalCache

    /// The number of organizations, where two stand for any more: no more are looked at.
    private static let organizations = "(SELECT count(*) FROM (SELECT 1 FROM organization LIMIT 2))"

    /// - Parameter cache: what connections to the same database know together.
    /// - Throws: `DatabaseError`, as SQLite says.
    init(_ connection: DatabaseFiles.Connection, cache: PrincipalCache) throws {
        let queue = connection.queue
        self.cache = cache
        apiToken = try PreparedQuery(
            queue,
            sql: """
                SELECT account.id, account.email, account.must_change_password, account.roles,
                    user.organization_id, user.id, user.roles,
                    api_token.id, api_token.valid_until, api_token.last_used_at, api_token.scopes,
                    \(Self.organizations), api_token.role_ceiling, NULL
                FROM api_token
                JOIN account ON account.id = api_token.account_id
                JOIN user ON user.account_id = account.id AND user.organization_id = api_token.organization_id
                WHERE api_token.token_hash = ? AND account.state = 'Active' AND user.state = 'Active'
                """)
        session = try PreparedQuery(
            queue,
            sql: """
                SELECT account.id, account.email, account.must_change_password, account.roles,
                    user.organization_id, user.id, user.roles,
                    session.id, session.expires_at, session.last_seen, NULL,
                    \(Self.organizations), NULL, session.created_at
                FROM session
                JOIN account ON account.id = session.account_id
                LEFT JOIN user ON user.id = (
                    SELECT id FROM user AS own WHERE own.account_id = account.id AND own.state = 'Active'
                    ORDER BY own.created_at, own.id LIMIT 1)
                WHERE session.token_hash = ? AND account.state = 'Active'
                """)
        // Only now has the connection read something.
        index = queue.unsafeRead { WALIndex($0, of: connection.file) }
    }

    func principal(apiToken hash: TokenHash) throws -> Principal? { try principal(hash, by: apiToken) }

    func principal(session hash: TokenHash) throws -> Principal? { try principal(hash, by: session) }

    private func principal(_ hash: TokenHash, by query: PreparedQuery) throws -> Principal? {
        let commit = index?.commit
        if let commit, let principal = cache.principal(hash, at: commit) { return principal }
        let principal = try query.first(hash.bytes) { try CredentialRow($0) }?.principal
        // Where none came in between, the query saw what this commit left.
        if let commit, let principal, index?.commit == commit { cache.keep(principal, hash, at: commit) }
        return principal
    }
}
