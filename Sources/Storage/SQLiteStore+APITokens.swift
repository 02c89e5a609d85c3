import FoundationEssentials
import GRDB
public import Identity

extension SQLiteStore {
    public func principal(apiToken tokenHash: TokenHash, at now: Timestamp) throws(StoreError) -> Principal? {
        try read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT api_token.id, api_token.organization_id, api_token.scopes, account.id AS account_id,
                        account.roles, user.roles AS user_roles
                    FROM api_token
                    JOIN account ON account.id = api_token.account_id
                    JOIN user ON user.account_id = account.id AND user.organization_id = api_token.organization_id
                    WHERE api_token.token_hash = ? AND (api_token.valid_until IS NULL OR api_token.valid_until > ?)
                        AND account.state = 'Active' AND user.state = 'Active'
                    """)
            let arguments: StatementArguments = [Data(tokenHash.bytes), now.secondsSince1970]
            guard let row = try Row.fetchOne(statement, arguments: arguments) else { return nil }
            return Principal(
                credential: .apiToken(
                    Identifier(column: row["id"]), organization: Identifier(column: row["organization_id"]),
                    scopes: ScopeSet(names: row["scopes"])),
                account: Identifier(column: row["account_id"]), installationRoles: try RoleSet(column: row["roles"]),
                organizationRoles: try RoleSet(column: row["user_roles"]))
        }
    }

    public func insert(_ token: APIToken) throws(StoreError) {
        try write { db in
            let insert = try db.cachedStatement(
                sql: """
                    INSERT INTO api_token (id, token_hash, name, account_id, organization_id, scopes, created_at,
                        valid_until)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """)
            try insert.execute(arguments: [
                token.id.column, Data(token.tokenHash.bytes), token.name, token.account.column,
                token.organization.column, token.scopes.names.joined(separator: " "), token.createdAt.secondsSince1970,
                token.validUntil?.secondsSince1970,
            ])
        }
    }

    public func apiTokens() throws(StoreError) -> [(token: APIToken, email: EmailAddress)] {
        try read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT api_token.*, account.email, account.email_key
                    FROM api_token JOIN account ON account.id = api_token.account_id
                    ORDER BY api_token.created_at, api_token.id
                    """)
            return rows.map { row in
                let hash: Data = row["token_hash"]
                let token = APIToken(
                    id: Identifier(column: row["id"]), tokenHash: TokenHash(bytes: [UInt8](hash)), name: row["name"],
                    account: Identifier(column: row["account_id"]),
                    organization: Identifier(column: row["organization_id"]),
                    scopes: ScopeSet(names: row["scopes"]), createdAt: Timestamp(column: row["created_at"]),
                    validUntil: (row["valid_until"] as Int64?).map(Timestamp.init(column:)))
                return (token, EmailAddress(stored: row["email"], key: row["email_key"]))
            }
        }
    }

    public func removeAPIToken(_ id: Identifier<APIToken>) throws(StoreError) -> Bool {
        try write { db in
            let delete = try db.cachedStatement(sql: "DELETE FROM api_token WHERE id = ?")
            try delete.execute(arguments: [id.column])
            return db.changesCount == 1
        }
    }
}
