import FoundationEssentials
import GRDB
public import Identity

extension SQLiteStore {
    public func principal(apiToken tokenHash: TokenHash, at now: Timestamp) throws(StoreError) -> Principal? {
        try read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT account.id, account.email, account.must_change_password, account.roles,
                        user.organization_id, user.id, user.roles,
                        api_token.id, api_token.scopes, api_token.valid_until, api_token.last_used_at
                    FROM api_token
                    JOIN account ON account.id = api_token.account_id
                    JOIN user ON user.account_id = account.id AND user.organization_id = api_token.organization_id
                    WHERE api_token.token_hash = ? AND (api_token.valid_until IS NULL OR api_token.valid_until > ?)
                        AND account.state = 'Active' AND user.state = 'Active'
                    """)
            let rows = try Row.fetchCursor(statement, arguments: [Data(tokenHash.bytes), now.secondsSince1970])
            guard let row = try rows.next() else { return nil }
            return try Self.principal(
                row, .apiToken(Identifier(column: row[7]), scopes: ScopeSet(names: row[8])), expiresAt: row[9],
                lastUsedAt: row[10])
        }
    }

    public func principal(
        session tokenHash: TokenHash, at now: Timestamp, idleSince: Timestamp
    ) throws(StoreError) -> Principal? {
        try read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT account.id, account.email, account.must_change_password, account.roles,
                        user.organization_id, user.id, user.roles,
                        session.id, session.expires_at, session.last_seen
                    FROM session
                    JOIN account ON account.id = session.account_id
                    LEFT JOIN user ON user.id = (
                        SELECT id FROM user AS own WHERE own.account_id = account.id AND own.state = 'Active'
                        ORDER BY own.created_at, own.id LIMIT 1)
                    WHERE session.token_hash = ? AND session.expires_at > ? AND session.last_seen > ?
                        AND account.state = 'Active'
                    """)
            let rows = try Row.fetchCursor(
                statement,
                arguments: [Data(tokenHash.bytes), now.secondsSince1970, idleSince.secondsSince1970])
            guard let row = try rows.next() else { return nil }
            return try Self.principal(
                row, .session(Identifier(column: row[7])), expiresAt: row[8], lastUsedAt: row[9])
        }
    }

    /// - Parameter row: begins with the columns of the account and its user, which may be missing. They are read by their
    ///   places, since this is done at each request.
    private static func principal(
        _ row: Row, _ credential: Principal.Credential, expiresAt: Int64?, lastUsedAt: Int64?
    ) throws -> Principal {
        let organization: Int64? = row[4]
        return Principal(
            credential: credential, expiresAt: expiresAt.map(Timestamp.init(column:)),
            lastUsedAt: lastUsedAt.map(Timestamp.init(column:)), account: Identifier(column: row[0]), email: row[1],
            mustChangePassword: row[2], installationRoles: try RoleSet(column: row[3]),
            membership: try organization.map { organization in
                Principal.Membership(
                    organization: Identifier(column: organization), user: Identifier(column: row[5]),
                    roles: try RoleSet(column: row[6]))
            })
    }

    public func membership(
        of account: Identifier<Account>, in organization: Identifier<Organization>
    ) throws(StoreError) -> Principal.Membership? {
        try read { db in
            let statement = try db.cachedStatement(
                sql: "SELECT id, roles FROM user WHERE account_id = ? AND organization_id = ? AND state = 'Active'")
            guard let row = try Row.fetchOne(statement, arguments: [account.column, organization.column]) else {
                return nil
            }
            return Principal.Membership(
                organization: organization, user: Identifier(column: row[0]), roles: try RoleSet(column: row[1]))
        }
    }

    public func noteUse(of credentials: [CredentialID: Timestamp]) throws(StoreError) {
        try write { db in
            let session = try db.cachedStatement(
                sql: "UPDATE session SET last_seen = ?1 WHERE id = ?2 AND last_seen < ?1")
            let token = try db.cachedStatement(
                sql: """
                    UPDATE api_token SET last_used_at = ?1
                    WHERE id = ?2 AND (last_used_at IS NULL OR last_used_at < ?1)
                    """)
            for (credential, time) in credentials {
                switch credential {
                case .session(let id): try session.execute(arguments: [time.secondsSince1970, id.column])
                case .apiToken(let id): try token.execute(arguments: [time.secondsSince1970, id.column])
                }
            }
        }
    }
}
