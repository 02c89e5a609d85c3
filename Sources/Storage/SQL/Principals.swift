import GRDB
public import Identity

extension SQLiteStore {
    public func principal(apiToken tokenHash: TokenHash, at now: Timestamp) throws(StoreError) -> Principal? {
        try StoreError.wrapping(path) {
            let principal = try readers.read { try $0.credentials.principal(apiToken: tokenHash) }
            guard let principal, principal.expiresAt.map({ $0 > now }) ?? true else { return nil }
            return principal
        }
    }

    public func principal(
        session tokenHash: TokenHash, at now: Timestamp, idleSince: Timestamp
    ) throws(StoreError) -> Principal? {
        try StoreError.wrapping(path) {
            let principal = try readers.read { try $0.credentials.principal(session: tokenHash) }
            guard let principal, let expiresAt = principal.expiresAt, expiresAt > now,
                let lastSeen = principal.lastUsedAt, lastSeen > idleSince,
                let createdAt = principal.sessionCreatedAt, createdAt <= now + WallClock.tolerance
            else { return nil }
            return principal
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
                sql: "UPDATE session SET last_seen = ?1 WHERE id = ?2 AND (last_seen < ?1 OR last_seen > ?1 + ?3)")
            let token = try db.cachedStatement(
                sql: """
                    UPDATE api_token SET last_used_at = ?1
                    WHERE id = ?2 AND (last_used_at IS NULL OR last_used_at < ?1 OR last_used_at > ?1 + ?3)
                    """)
            for (credential, time) in credentials {
                switch credential {
                case .session(let id):
                    try session.execute(arguments: [time.secondsSince1970, id.column, WallClock.tolerance])
                case .apiToken(let id):
                    try token.execute(arguments: [time.secondsSince1970, id.column, WallClock.tolerance])
                }
            }
        }
    }
}
