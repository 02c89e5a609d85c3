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
        try readList { db, totals in
            let keyset = Self.members(of: organization)
            return try keyset.page(db, page, in: keyset.ranges(db) ?? [], totals) { try Self.user($0, db) }
        }
    }

    /// The users of an organization, in the order in which they joined it.
    static func members(of organization: Identifier<Organization>, index: String = "user_organization") -> Keyset {
        Keyset(
            table: "user", index: index, prefix: [.one("organization_id", organization.column)],
            keys: ("created_at", "id"))
    }

    public func user(_ id: Identifier<User>) throws(StoreError) -> User? {
        try read { db in try Self.user(id.column, db) }
    }

    private static func user(_ id: Int64, _ db: Database) throws -> User? {
        let find = try db.cachedStatement(sql: "SELECT \(userColumns) FROM \(userTables) WHERE user.id = ?")
        return try Row.fetchOne(find, arguments: [id]).map(user)
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
