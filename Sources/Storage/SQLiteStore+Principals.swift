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
                        api_token.id, api_token.valid_until, api_token.last_used_at, api_token.scopes
                    FROM api_token
                    JOIN account ON account.id = api_token.account_id
                    JOIN user ON user.account_id = account.id AND user.organization_id = api_token.organization_id
                    WHERE api_token.token_hash = ? AND (api_token.valid_until IS NULL OR api_token.valid_until > ?)
                        AND account.state = 'Active' AND user.state = 'Active'
                    """)
            let arguments: StatementArguments = [Data(tokenHash.bytes), now.secondsSince1970]
            return try CredentialRow.fetchOne(statement, arguments: arguments)?.principal
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
                        session.id, session.expires_at, session.last_seen, NULL
                    FROM session
                    JOIN account ON account.id = session.account_id
                    LEFT JOIN user ON user.id = (
                        SELECT id FROM user AS own WHERE own.account_id = account.id AND own.state = 'Active'
                        ORDER BY own.created_at, own.id LIMIT 1)
                    WHERE session.token_hash = ? AND session.expires_at > ? AND session.last_seen > ?
                        AND account.state = 'Active'
                    """)
            let arguments: StatementArguments = [
                Data(tokenHash.bytes), now.secondsSince1970, idleSince.secondsSince1970,
            ]
            return try CredentialRow.fetchOne(statement, arguments: arguments)?.principal
        }
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
