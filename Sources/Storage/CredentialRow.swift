import Identity

/// What the store knows of who carries a credential: a row of `CredentialLookup`.
struct CredentialRow {
    private let account: Int64
    private let email: String
    private let mustChangePassword: Bool
    private let roles: Int64
    private let organization: Int64?
    private let user: Int64?
    private let userRoles: Int64?
    private let credential: Int64
    private let expiresAt: Int64?
    private let lastUsedAt: Int64?
    /// The scopes of an API token; `nil` for a session.
    private let scopes: String?
    private let installationHasOneOrganization: Bool
    private let roleCeiling: Int64?
    /// When a session was made; `nil` for an API token.
    private let createdAt: Int64?

    /// - Throws: `StoreError.Kind.damaged` where something is missing that cannot be; as SQLite says.
    init(_ row: PreparedQuery.Row) throws {
        guard let account = row.number(0), let email = try row.text(1), let mustChangePassword = row.number(2),
            let roles = row.number(3), let credential = row.number(7), let organizations = row.number(11)
        else { throw StoreError(.damaged, "an account with a credential lacks what each has") }
        self.account = account
        self.email = email
        self.mustChangePassword = mustChangePassword != 0
        self.roles = roles
        organization = row.number(4)
        user = row.number(5)
        userRoles = row.number(6)
        self.credential = credential
        expiresAt = row.number(8)
        lastUsedAt = row.number(9)
        scopes = try row.text(10)
        installationHasOneOrganization = organizations == 1
        roleCeiling = row.number(12)
        createdAt = row.number(13)
    }

    /// The principal.
    var principal: Principal {
        get throws(StoreError) {
            var membership: Principal.Membership?
            if let organization, let user, let userRoles {
                membership = Principal.Membership(
                    organization: Identifier(column: organization), user: Identifier(column: user),
                    roles: try RoleSet(column: userRoles))
            }
            return Principal(
                credential: scopes.map { .apiToken(Identifier(column: credential), scopes: ScopeSet(names: $0)) }
                    ?? .session(Identifier(column: credential)),
                expiresAt: expiresAt.map { Timestamp(column: $0) },
                lastUsedAt: lastUsedAt.map { Timestamp(column: $0) },
                sessionCreatedAt: createdAt.map { Timestamp(column: $0) },
                account: Identifier(column: account), email: email, obligations: mustChangePassword ? .newPassword : [],
                roleCeiling: try roleCeiling.map { column throws(StoreError) in try Role(column: column) },
                installationRoles: try RoleSet(column: roles),
                installationHasOneOrganization: installationHasOneOrganization, membership: membership)
        }
    }
}
