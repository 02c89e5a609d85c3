import Identity

extension SQLStore {
    public func apiTokens(
        _ filter: APITokenFilter, _ page: PageRequest
    ) throws(StoreError) -> Page<(token: APIToken, email: String)> {
        try readList(page, .apiTokens(filter, Transaction.Dialect.self)) { transaction, id in
            let sql = """
                SELECT \(APITokenRow.columns), account.email
                FROM api_token JOIN account ON account.id = api_token.account_id WHERE api_token.id = $1
                """
            return try transaction.first(sql, id) { row in
                (token: try APITokenRow.token(row), email: try row.string(APITokenRow.columnCount))
            }
        }
    }

    public func insert(
        _ token: APIToken, maker: CredentialID?, mayHave: (RoleSet) -> Bool, event: AuditEvent,
        revoked: ((CredentialID) throws -> AuditEvent)?
    ) throws(StoreError) -> Bool {
        try transaction { transaction in
            try transaction.lock(.account(.id(token.account)))
            let roles = try transaction.activeRoles(of: token)
            try transaction.lock(.credential)
            let isThere = try transaction.exists(maker)
            // Removed before all is checked, which undoes it if something does not hold.
            let others = APITokenFilter(account: token.account, organization: token.organization)
            let ended = try revoked.map { _ in try transaction.remove(others) }
            guard try isThere?.value != false, let roles = try roles.value, mayHave(roles) else {
                return .rollback(false)
            }
            for other in try ended?.value ?? [] {
                if let revoked { try transaction.record(try revoked(.apiToken(other.id))) }
            }
            try transaction.insert(token)
            try transaction.record(event)
            return .commit(true)
        }
    }

    public func changeAPIToken(
        _ id: Identifier<APIToken>, _ rule: (APIToken) throws -> (token: APIToken, event: AuditEvent)?
    ) throws(StoreError) -> APIToken? {
        try write { transaction in
            let filter = APITokenFilter(id: id)
            try transaction.lock(filter.accounts(Transaction.Dialect.self))
            guard let present = try transaction.apiTokens(filter).value.first, let (new, event) = try rule(present)
            else { return nil }
            try transaction.run(
                "UPDATE api_token SET name = $1, scopes = $2, role_ceiling = $3 WHERE id = $4", new.name, new.scopes,
                new.roleCeiling, id)
            try transaction.record(event)
            return new
        }
    }

    public func removeAPITokens(
        _ filter: APITokenFilter, event: (APIToken) throws -> AuditEvent
    ) throws(StoreError) -> Int {
        try write { transaction in
            try transaction.lock(filter.accounts(Transaction.Dialect.self))
            try transaction.lock(.credential)
            let removed = try transaction.remove(filter).value
            for token in removed { try transaction.record(try event(token)) }
            return removed.count
        }
    }
}

extension SQLTransaction {
    /// The API tokens that fit a filter.
    func apiTokens(_ filter: APITokenFilter) throws -> SQLResult<[APIToken]> {
        let conditions = filter.conditions(Dialect.self).conjunction
        return try rows(
            of: "SELECT \(raw: APITokenRow.columns) FROM api_token WHERE \(conditions)"
        ) { try APITokenRow.token($0) }
    }

    /// Removes API tokens; each has to get its entry in the audit log.
    func remove(_ filter: APITokenFilter) throws -> SQLResult<[APIToken]> {
        let conditions = filter.conditions(Dialect.self).conjunction
        return try rows(
            of: "DELETE FROM api_token WHERE \(conditions) RETURNING \(raw: APITokenRow.columns)"
        ) { try APITokenRow.token($0) }
    }

    fileprivate func insert(_ token: APIToken) throws {
        try run(
            """
            INSERT INTO api_token (id, token_hash, name, account_id, organization_id, scopes, role_ceiling,
                created_at, valid_until, last_used_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """, token.id, token.tokenHash, token.name, token.account, token.organization, token.scopes,
            token.roleCeiling, token.createdAt, token.validUntil, token.lastUsedAt)
    }

    /// Looks for a credential, which stays until the transaction ends.
    fileprivate func exists(_ credential: CredentialID?) throws -> SQLResult<Bool>? {
        let end = Dialect.forShare
        return switch credential {
        case nil: nil
        case .apiToken(let id):
            try first("SELECT 1 FROM api_token WHERE id = $1 \(end)", id) { _ in true }.map { $0 != nil }
        case .session(let id):
            try first("SELECT 1 FROM session WHERE id = $1 \(end)", id) { _ in true }.map { $0 != nil }
        }
    }

    /// The roles that count for the carrier of a token; `nil` if its account or user is not active.
    fileprivate func activeRoles(of token: APIToken) throws -> SQLResult<RoleSet?> {
        let sql = """
            SELECT account.roles | "user".roles FROM account JOIN "user" ON "user".account_id = account.id
            WHERE account.id = $1 AND "user".organization_id = $2 AND account.state = 'Active'
                AND "user".state = 'Active'
            """
        return try first(sql, token.account, token.organization) { try $0.roles(0) }
    }
}

extension Keyset {
    fileprivate static func apiTokens(_ filter: APITokenFilter, _ dialect: any SQLDialect.Type) -> Keyset {
        let (index, prefix): (String, [Keyset.Column]) =
            switch (filter.account, filter.organization) {
            case (let account?, _): ("api_token_account", [.one("account_id", "\(account)")])
            case (nil, let organization?): ("api_token_organization", [.one("organization_id", "\(organization)")])
            case (nil, nil): ("api_token_created", [])
            }
        return Keyset(
            table: "api_token", index: index, prefix: prefix, filters: filter.conditions(dialect),
            keys: ("created_at", "id"))
    }
}

extension APITokenFilter {
    /// The lock of the accounts that the tokens are of.
    fileprivate func accounts(_ dialect: any SQLDialect.Type) -> SQLLock {
        if let account { return .account(.id(account)) }
        return .accounts("id IN (SELECT account_id FROM api_token WHERE \(conditions(dialect).conjunction))")
    }

    fileprivate func conditions(_ dialect: any SQLDialect.Type) -> [SQLFragment] {
        var conditions: [SQLFragment] = []
        if let id { conditions.append("api_token.id = \(id)") }
        if let tokenHash { conditions.append("api_token.token_hash = \(tokenHash)") }
        if let account { conditions.append("api_token.account_id = \(account)") }
        if let organization { conditions.append("api_token.organization_id = \(organization)") }
        if let powerfulAt {
            // 252: all roles above AppMember.
            let isPowerful = dialect.hasBits(252, "(owner.roles | \"user\".roles)")
            conditions.append(
                """
                api_token.role_ceiling IS NULL
                AND (api_token.valid_until IS NULL OR api_token.valid_until > \(powerfulAt))
                AND EXISTS (
                    SELECT 1 FROM "user" JOIN account AS owner ON owner.id = "user".account_id
                    WHERE "user".account_id = api_token.account_id
                        AND "user".organization_id = api_token.organization_id AND \(raw: isPowerful))
                """)
        }
        return conditions
    }
}

private enum APITokenRow {
    static let columns = """
        api_token.id, api_token.token_hash, api_token.name, api_token.account_id, api_token.organization_id,
        api_token.scopes, api_token.role_ceiling, api_token.created_at, api_token.valid_until, api_token.last_used_at
        """
    static let columnCount = 10

    static func token(_ row: some SQLRow) throws -> APIToken {
        APIToken(
            id: try row.id(0), tokenHash: try row.tokenHash(1), name: try row.string(2), account: try row.id(3),
            organization: try row.id(4), scopes: ScopeSet(names: try row.string(5)),
            roleCeiling: try row.optionalRole(6), createdAt: try row.moment(7), validUntil: row.optionalMoment(8),
            lastUsedAt: row.optionalMoment(9))
    }
}
