import GRDB
import Identity

/// What the store knows of who carries a credential, read straight from the statement's columns by their places.
///
/// This is done at each request, and a `Row` would cost several times what the look-up itself does. GRDB reads a value
/// from one column of a statement so; this value is in all of them.
@safe struct CredentialRow: StatementColumnConvertible, DatabaseValueConvertible {
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

    init?(sqliteStatement statement: SQLiteStatement, index: CInt) {
        guard let email = unsafe String.fromStatement(statement, atUncheckedIndex: index + 1) else { return nil }
        self.email = email
        unsafe account = Int64(sqliteStatement: statement, index: index)
        unsafe mustChangePassword = Int64(sqliteStatement: statement, index: index + 2) != 0
        unsafe roles = Int64(sqliteStatement: statement, index: index + 3)
        unsafe organization = Int64.fromStatement(statement, atUncheckedIndex: index + 4)
        unsafe user = Int64.fromStatement(statement, atUncheckedIndex: index + 5)
        unsafe userRoles = Int64.fromStatement(statement, atUncheckedIndex: index + 6)
        unsafe credential = Int64(sqliteStatement: statement, index: index + 7)
        unsafe expiresAt = Int64.fromStatement(statement, atUncheckedIndex: index + 8)
        unsafe lastUsedAt = Int64.fromStatement(statement, atUncheckedIndex: index + 9)
        unsafe scopes = String.fromStatement(statement, atUncheckedIndex: index + 10)
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

    /// It is no single value, and is never written.
    var databaseValue: DatabaseValue { .null }

    /// It is no single value.
    static func fromDatabaseValue(_: DatabaseValue) -> CredentialRow? { nil }
}
