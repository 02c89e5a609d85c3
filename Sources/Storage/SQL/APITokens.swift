import FoundationEssentials
import GRDB
public import Identity

extension SQLiteStore {
    public func apiTokens(
        _ filter: APITokenFilter, _ page: PageRequest
    ) throws(StoreError) -> Page<(token: APIToken, email: String)> {
        try readList { db, totals in
            let keyset = Self.keyset(filter)
            let find = try db.cachedStatement(
                sql: """
                    SELECT api_token.*, account.email FROM api_token JOIN account ON account.id = api_token.account_id
                    WHERE api_token.id = ?
                    """)
            return try keyset.page(db, page, in: keyset.ranges(db) ?? [], totals) { id in
                try Row.fetchOne(find, arguments: [id]).map { row in (try Self.apiToken(row), row["email"]) }
            }
        }
    }

    static func keyset(_ filter: APITokenFilter) -> Keyset {
        let (index, prefix): (String, [Keyset.Column]) =
            switch (filter.account, filter.organization) {
            case (let account?, _): ("api_token_account", [.one("account_id", account.column)])
            case (nil, let organization?): ("api_token_organization", [.one("organization_id", organization.column)])
            case (nil, nil): ("api_token_created", [])
            }
        return Keyset(
            table: "api_token", index: index, prefix: prefix, filters: conditions(filter), keys: ("created_at", "id"))
    }

    public func insert(
        _ token: APIToken, maker: CredentialID?, mayHave: (RoleSet) -> Bool, event: AuditEvent,
        revoked: ((CredentialID) throws -> AuditEvent)?
    ) throws(StoreError) -> Bool {
        try write { db in
            guard try Self.exists(maker, db), let roles = try Self.activeRoles(of: token, db), mayHave(roles) else {
                return false
            }
            if let revoked {
                let others = APITokenFilter(account: token.account, organization: token.organization)
                try Self.removeAPITokens(others, db) { try revoked(.apiToken($0.id)) }
            }
            let insert = try db.cachedStatement(
                sql: """
                    INSERT INTO api_token (id, token_hash, name, account_id, organization_id, scopes, role_ceiling,
                        created_at, valid_until, last_used_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """)
            try insert.execute(arguments: [
                token.id.column, Data(token.tokenHash.bytes), token.name, token.account.column,
                token.organization.column, token.scopes.names.joined(separator: " "), token.roleCeiling?.bit,
                token.createdAt.secondsSince1970, token.validUntil?.secondsSince1970,
                token.lastUsedAt?.secondsSince1970,
            ])
            try AuditRows.insert(event, db)
            return true
        }
    }

    public func changeAPIToken(
        _ id: Identifier<APIToken>, _ rule: (APIToken) throws -> (token: APIToken, event: AuditEvent)?
    ) throws(StoreError) -> APIToken? {
        try write { db in
            guard let present = try Self.apiTokens(APITokenFilter(id: id), db).first,
                let (new, event) = try rule(present)
            else { return nil }
            let update = try db.cachedStatement(
                sql: "UPDATE api_token SET name = ?, scopes = ?, role_ceiling = ? WHERE id = ?")
            try update.execute(arguments: [
                new.name, new.scopes.names.joined(separator: " "), new.roleCeiling?.bit, id.column,
            ])
            try AuditRows.insert(event, db)
            return new
        }
    }

    private static func exists(_ credential: CredentialID?, _ db: Database) throws -> Bool {
        switch credential {
        case nil: true
        case .apiToken(let id):
            try Int.fetchOne(
                db.cachedStatement(sql: "SELECT 1 FROM api_token WHERE id = ?"), arguments: [id.column]) != nil
        case .session(let id):
            try Int.fetchOne(
                db.cachedStatement(sql: "SELECT 1 FROM session WHERE id = ?"), arguments: [id.column]) != nil
        }
    }

    /// The roles that count for who carries a token; `nil` where nobody may.
    private static func activeRoles(of token: APIToken, _ db: Database) throws -> RoleSet? {
        let find = try db.cachedStatement(
            sql: """
                SELECT account.roles | user.roles FROM account JOIN user ON user.account_id = account.id
                WHERE account.id = ? AND user.organization_id = ? AND account.state = 'Active' AND user.state = 'Active'
                """)
        let arguments: StatementArguments = [token.account.column, token.organization.column]
        return try Int64.fetchOne(find, arguments: arguments).map { try RoleSet(column: $0) }
    }

    public func removeAPITokens(
        _ filter: APITokenFilter, event: (APIToken) throws -> AuditEvent
    ) throws(StoreError) -> Int {
        try write { db in try Self.removeAPITokens(filter, db, event: event) }
    }

    /// Removes API tokens inside the caller's transaction.
    @discardableResult
    static func removeAPITokens(
        _ filter: APITokenFilter, _ db: Database, event: (APIToken) throws -> AuditEvent
    ) throws -> Int {
        let conditions = conditions(filter)
        let clause = conditions.isEmpty ? "" : "WHERE " + conditions.map(\.sql).joined(separator: " AND ")
        let delete = try db.cachedStatement(sql: "DELETE FROM api_token \(clause) RETURNING *")
        let rows = try Row.fetchAll(
            delete, arguments: conditions.reduce(into: StatementArguments()) { $0 += $1.arguments })
        for row in rows { try AuditRows.insert(try event(apiToken(row)), db) }
        return rows.count
    }

    /// The API tokens that fit a filter, inside the caller's transaction.
    static func apiTokens(_ filter: APITokenFilter, _ db: Database) throws -> [APIToken] {
        let conditions = conditions(filter)
        let clause = conditions.isEmpty ? "" : "WHERE " + conditions.map(\.sql).joined(separator: " AND ")
        let find = try db.cachedStatement(sql: "SELECT * FROM api_token \(clause)")
        return try Row.fetchAll(
            find, arguments: conditions.reduce(into: StatementArguments()) { $0 += $1.arguments }
        ).map(apiToken)
    }

    private static func conditions(_ filter: APITokenFilter) -> [Keyset.Condition] {
        var conditions: [Keyset.Condition] = []
        if let id = filter.id { conditions.append(("api_token.id = ?", [id.column])) }
        if let hash = filter.tokenHash { conditions.append(("api_token.token_hash = ?", [Data(hash.bytes)])) }
        if let account = filter.account { conditions.append(("api_token.account_id = ?", [account.column])) }
        if let organization = filter.organization {
            conditions.append(("api_token.organization_id = ?", [organization.column]))
        }
        if let now = filter.powerfulAt {
            // 252: all roles above AppMember.
            conditions.append(
                (
                    """
                    api_token.role_ceiling IS NULL AND (api_token.valid_until IS NULL OR api_token.valid_until > ?)
                    AND EXISTS (
                        SELECT 1 FROM user JOIN account AS owner ON owner.id = user.account_id
                        WHERE user.account_id = api_token.account_id
                            AND user.organization_id = api_token.organization_id AND (owner.roles | user.roles) & 252)
                    """, [now.secondsSince1970]
                ))
        }
        return conditions
    }

    private static func apiToken(_ row: Row) throws -> APIToken {
        let hash: Data = row["token_hash"]
        return APIToken(
            id: Identifier(column: row["id"]), tokenHash: TokenHash(bytes: [UInt8](hash)), name: row["name"],
            account: Identifier(column: row["account_id"]), organization: Identifier(column: row["organization_id"]),
            scopes: ScopeSet(names: row["scopes"]),
            roleCeiling: try (row["role_ceiling"] as Int64?).map(Role.init(column:)),
            createdAt: Timestamp(column: row["created_at"]),
            validUntil: (row["valid_until"] as Int64?).map(Timestamp.init(column:)),
            lastUsedAt: (row["last_used_at"] as Int64?).map(Timestamp.init(column:)))
    }
}
