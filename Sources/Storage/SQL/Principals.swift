import Identity

/// The kinds of credentials that have a row of their own.
enum CredentialKind {
    case apiToken
    case session
}

extension SQLStore {
    public func credential(
        apiToken tokenHash: TokenHash, at now: Timestamp
    ) throws(StoreError) -> Result<Principal, CredentialRefusal> {
        guard let principal = try storedPrincipal(.apiToken, tokenHash) else {
            return .failure(try reasonForNoPrincipal(of: .apiToken, tokenHash))
        }
        if let expiresAt = principal.expiresAt, expiresAt <= now { return .failure(.expired) }
        return .success(principal)
    }

    public func credential(
        session tokenHash: TokenHash, at now: Timestamp, idleSince: Timestamp
    ) throws(StoreError) -> Result<Principal, CredentialRefusal> {
        guard let principal = try storedPrincipal(.session, tokenHash) else {
            return .failure(try reasonForNoPrincipal(of: .session, tokenHash))
        }
        guard let expiresAt = principal.expiresAt, expiresAt > now else { return .failure(.expired) }
        guard let lastSeen = principal.lastUsedAt, lastSeen > idleSince else { return .failure(.idle) }
        guard let createdAt = principal.sessionCreatedAt, createdAt <= now + WallClock.tolerance else {
            return .failure(.future)
        }
        return .success(principal)
    }

    /// The reason for which a credential has no principal: it is not there, or its account or user is not active.
    private func reasonForNoPrincipal(
        of kind: CredentialKind, _ hash: TokenHash
    ) throws(StoreError) -> CredentialRefusal {
        let sql =
            switch kind {
            case .apiToken: "SELECT 1 FROM api_token WHERE token_hash = $1"
            case .session: "SELECT 1 FROM session WHERE token_hash = $1"
            }
        return try read { try $0.first(sql, hash) { _ in CredentialRefusal.inactive }.value } ?? .unknown
    }

    public func membership(
        of account: Identifier<Account>, in organization: Identifier<Organization>
    ) throws(StoreError) -> Principal.Membership? {
        let sql = """
            SELECT id, roles FROM "user" WHERE account_id = $1 AND organization_id = $2 AND state = 'Active'
            """
        return try read { transaction in
            try transaction.first(sql, account, organization) { row in
                Principal.Membership(organization: organization, user: try row.id(0), roles: try row.roles(1))
            }.value
        }
    }

    public func noteUse(of credentials: [CredentialID: Timestamp]) throws(StoreError) {
        let session = Transaction.Dialect.unlocked("session", "id = $2 AND (last_seen < $1 OR last_seen > $3)")
        let token = Transaction.Dialect.unlocked(
            "api_token", "id = $2 AND (last_used_at IS NULL OR last_used_at < $1 OR last_used_at > $3)")
        try write { transaction in
            transaction.toleratesLoss(repeats: true)
            try transaction.lock(.credential)
            for (credential, time) in credentials {
                // A use that was noted by a clock which ran ahead does not stand in the way of later ones.
                let future = time + WallClock.tolerance
                switch credential {
                case .session(let id):
                    try transaction.run("UPDATE session SET last_seen = $1 WHERE \(session)", time, id, future)
                case .apiToken(let id):
                    try transaction.run("UPDATE api_token SET last_used_at = $1 WHERE \(token)", time, id, future)
                }
            }
        }
    }
}

/// The queries of a request's credential: one each, so that all of a principal is of one state of the database. They
/// are in parts, of which an engine can make a query for many credentials at once.
enum PrincipalQueries {
    /// The number of organizations, where two stand for any more: no more are looked at.
    private static let organizations = "(SELECT count(*) FROM (SELECT 1 FROM organization LIMIT 2) AS few)"

    /// The number of columns, as `SQLRow.principal` reads them.
    static let columnCount = 14

    static let apiTokenColumns = """
        account.id, account.email, account.must_change_password, account.roles,
        "user".organization_id, "user".id, "user".roles,
        api_token.id, api_token.valid_until, api_token.last_used_at, api_token.scopes,
        \(organizations), api_token.role_ceiling, CAST(NULL AS BIGINT)
        """
    static let apiTokenJoins = """
        JOIN account ON account.id = api_token.account_id
        JOIN "user" ON "user".account_id = account.id AND "user".organization_id = api_token.organization_id
        """
    static let apiTokenCondition = "account.state = 'Active' AND \"user\".state = 'Active'"

    static let sessionColumns = """
        account.id, account.email, account.must_change_password, account.roles,
        "user".organization_id, "user".id, "user".roles,
        session.id, session.expires_at, session.last_seen, NULL,
        \(organizations), CAST(NULL AS BIGINT), session.created_at
        """
    static let sessionJoins = """
        JOIN account ON account.id = session.account_id
        LEFT JOIN "user" ON "user".id = (
            SELECT id FROM "user" AS own WHERE own.account_id = account.id AND own.state = 'Active'
            ORDER BY own.created_at, own.id LIMIT 1)
        """
    static let sessionCondition = "account.state = 'Active'"

    static let apiToken = """
        SELECT \(apiTokenColumns) FROM api_token \(apiTokenJoins)
        WHERE api_token.token_hash = $1 AND \(apiTokenCondition)
        """
    static let session = """
        SELECT \(sessionColumns) FROM session \(sessionJoins)
        WHERE session.token_hash = $1 AND \(sessionCondition)
        """
}

extension SQLTransaction {
    func principal(_ kind: CredentialKind, _ hash: TokenHash) throws -> SQLResult<Principal?> {
        let query =
            switch kind {
            case .apiToken: PrincipalQueries.apiToken
            case .session: PrincipalQueries.session
            }
        return try first(query, hash) { try $0.principal(kind) }
    }
}

extension SQLRow {
    /// The principal of a row.
    func principal(_ kind: CredentialKind) throws -> Principal {
        var membership: Principal.Membership?
        if let organization: Identifier<Organization> = optionalID(4) {
            membership = Principal.Membership(organization: organization, user: try id(5), roles: try roles(6))
        }
        let credential: Principal.Credential =
            switch kind {
            case .apiToken: .apiToken(try id(7), scopes: ScopeSet(names: try string(10)))
            case .session: .session(try id(7))
            }
        return Principal(
            credential: credential, expiresAt: optionalMoment(8), lastUsedAt: optionalMoment(9),
            sessionCreatedAt: optionalMoment(13), account: try id(0), email: try string(1),
            obligations: try flag(2) ? .newPassword : [], roleCeiling: try optionalRole(12),
            installationRoles: try roles(3), installationHasOneOrganization: try number(11) == 1,
            membership: membership)
    }
}
