import Identity

/// The kinds of credentials that have a row of their own.
enum CredentialKind: String {
    case apiToken = "api_token"
    case session

    /// The table of their rows.
    var table: String { rawValue }
}

extension SQLStore {
    public func credential(
        apiToken tokenHash: TokenHash, naming organization: String?, at now: Timestamp
    ) throws(StoreError) -> Result<Carrier, CredentialRefusal> {
        let found = try storedCarrier(.apiToken, tokenHash, naming: organization)
        guard case .success(let carrier) = found else { return found }
        if let expiresAt = carrier.principal.expiresAt, expiresAt <= now { return .failure(.expired) }
        return found
    }

    public func credential(
        session tokenHash: TokenHash, naming organization: String?, at now: Timestamp, idleSince: Timestamp
    ) throws(StoreError) -> Result<Carrier, CredentialRefusal> {
        let found = try storedCarrier(.session, tokenHash, naming: organization)
        guard case .success(let carrier) = found else { return found }
        let principal = carrier.principal
        guard let expiresAt = principal.expiresAt, expiresAt > now else { return .failure(.expired) }
        guard let lastSeen = principal.lastUsedAt, lastSeen > idleSince else { return .failure(.idle) }
        guard let createdAt = principal.sessionCreatedAt, createdAt <= now + WallClock.tolerance else {
            return .failure(.future)
        }
        return found
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
/// find a credential that is refused for its account too, so that the reason costs no other one. They are in parts, of
/// which an engine can make a query for many credentials at once.
enum PrincipalQueries {
    /// The number of organizations, where two stand for any more: no more are looked at.
    private static let organizations = "(SELECT count(*) FROM (SELECT 1 FROM organization LIMIT 2) AS few)"

    /// The number of columns, as `SQLRow.principal` reads them.
    static func columnCount(_ kind: CredentialKind) -> Int {
        switch kind {
        case .apiToken: 15
        case .session: 22
        }
    }

    static let apiTokenColumns = """
        account.id, account.email, account.must_change_password, account.roles,
        "user".organization_id, "user".id, "user".roles,
        api_token.id, api_token.valid_until, api_token.last_used_at, api_token.scopes,
        \(organizations), api_token.role_ceiling, CAST(NULL AS BIGINT),
        account.state = 'Active' AND "user".state = 'Active'
        """
    static let apiTokenJoins = """
        JOIN account ON account.id = api_token.account_id
        LEFT JOIN "user" ON "user".account_id = account.id AND "user".organization_id = api_token.organization_id
        """

    static let sessionColumns = """
        account.id, account.email, account.must_change_password, account.roles,
        "user".organization_id, "user".id, "user".roles,
        session.id, session.expires_at, session.last_seen, NULL,
        \(organizations), CAST(NULL AS BIGINT), session.created_at, account.state = 'Active',
        account.factors, session.methods, coalesce(session.authenticated_at, session.created_at),
        session.second_factor_at, home.second_factor, own_organization.second_factor, account.home_id
        """
    static let sessionJoins = """
        JOIN account ON account.id = session.account_id
        LEFT JOIN "user" ON "user".id = (
            SELECT id FROM "user" AS own WHERE own.account_id = account.id AND own.state = 'Active'
            ORDER BY own.created_at, own.id LIMIT 1)
        LEFT JOIN organization AS own_organization ON own_organization.id = "user".organization_id
        LEFT JOIN organization AS home ON home.id = account.home_id
        """

    static let apiToken = "SELECT \(apiTokenColumns) FROM api_token \(apiTokenJoins) WHERE api_token.token_hash = $1"
    static let session = "SELECT \(sessionColumns) FROM session \(sessionJoins) WHERE session.token_hash = $1"
}

extension SQLTransaction {
    /// The principal of a credential, or the reason for which it has none: it is not there, or its account or user is
    /// not active.
    func principal(
        _ kind: CredentialKind, _ hash: TokenHash
    ) throws -> SQLResult<Result<Principal, CredentialRefusal>> {
        let query =
            switch kind {
            case .apiToken: PrincipalQueries.apiToken
            case .session: PrincipalQueries.session
            }
        return try first(query, hash) { try $0.principal(kind) }.map { $0 ?? .failure(.unknown) }
    }
}

extension SQLRow {
    /// The principal of a row, unless its account or user is not active.
    func principal(_ kind: CredentialKind) throws -> Result<Principal, CredentialRefusal> {
        guard integer(14) == 1 else { return .failure(.inactive) }
        var membership: Principal.Membership?
        if let organization: Identifier<Organization> = optionalID(4) {
            membership = Principal.Membership(
                organization: organization, user: try id(5), roles: try roles(6),
                secondFactor: kind == .session ? try secondFactorPolicy(20) : .optional)
        }
        let credential: Principal.Credential =
            switch kind {
            case .apiToken: .apiToken(try id(7), scopes: ScopeSet(names: try string(10)))
            case .session: .session(try id(7))
            }
        return .success(
            Principal(
                credential: credential, expiresAt: optionalMoment(8), lastUsedAt: optionalMoment(9),
                sessionCreatedAt: optionalMoment(13), account: try id(0), email: try string(1),
                obligations: try flag(2) ? .newPassword : [],
                assurance: kind == .session ? try assurance(membership) : nil,
                roleCeiling: try optionalRole(12), installationRoles: try roles(3),
                installationHasOneOrganization: try number(11) == 1, membership: membership))
    }

    /// The assurance that the session of a row gives. The user in the home is the oldest, which the row has, unless it
    /// is not active, and then its roles count for nothing.
    private func assurance(_ membership: Principal.Membership?) throws -> Assurance {
        let isInHome = membership != nil && membership?.organization == optionalID(21)
        return Assurance(
            SessionAuthentication(
                methods: try methods(16), authenticatedAt: try moment(17), secondFactorAt: optionalMoment(18)),
            factors: try methods(15), homePolicy: try secondFactorPolicy(19),
            homeRoles: isInHome ? membership?.roles ?? [] : [])
    }
}
