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

    init(_ row: PreparedQuery.Row) {
        account = row.number(0) ?? 0
        email = row.text(1) ?? ""
        mustChangePassword = row.number(2) != 0
        roles = row.number(3) ?? 0
        organization = row.number(4)
        user = row.number(5)
        userRoles = row.number(6)
        credential = row.number(7) ?? 0
        expiresAt = row.number(8)
        lastUsedAt = row.number(9)
        scopes = row.text(10)
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
                account: Identifier(column: account), email: email, mustChangePassword: mustChangePassword,
                installationRoles: try RoleSet(column: roles), membership: membership)
        }
    }
}
