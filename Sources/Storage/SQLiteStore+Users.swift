import GRDB
public import Identity

extension SQLiteStore {
    private static let userColumns = """
        user.id AS user_id, user.organization_id, user.account_id, coalesce(user.name, account.name) AS user_name,
        account.email, account.email_key, user.state AS user_state, user.roles AS user_roles,
        user.created_at AS user_created_at
        """
    private static let userTables = "user JOIN account ON account.id = user.account_id"

    public func users(
        in organization: Identifier<Organization>, _ page: PageRequest
    ) throws(StoreError) -> Page<User> {
        try readSnapshot { db in
            let keyset = Keyset(
                columns: Self.userColumns, tables: Self.userTables,
                conditions: [("user.organization_id = ?", [organization.column])],
                keys: ("user.created_at", "user.id"))
            return try keyset.page(db, page, Self.user)
        }
    }

    public func user(_ id: Identifier<User>) throws(StoreError) -> User? {
        try read { db in
            let statement = try db.cachedStatement(
                sql: "SELECT \(Self.userColumns) FROM \(Self.userTables) WHERE user.id = ?")
            return try Row.fetchOne(statement, arguments: [id.column]).map(Self.user)
        }
    }

    private static func user(_ row: Row) throws -> User {
        let id = Identifier<User>(column: row["user_id"])
        return User(
            id: id, organization: Identifier(column: row["organization_id"]),
            account: Identifier(column: row["account_id"]), name: row["user_name"],
            email: EmailAddress(stored: row["email"], key: row["email_key"]),
            state: try AccountRows.state(row["user_state"], of: "\(id)"),
            roles: try RoleSet(column: row["user_roles"]), createdAt: Timestamp(column: row["user_created_at"]))
    }
}
