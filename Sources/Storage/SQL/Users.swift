import Identity

extension SQLStore {
    public func users(
        in organization: Identifier<Organization>, _ page: PageRequest
    ) throws(StoreError) -> Page<User> {
        try readList(page, .members(of: organization)) { try $0.user(Identifier(column: $1)) }
    }

    public func user(_ id: Identifier<User>) throws(StoreError) -> User? {
        try read { try $0.user(id).value }
    }
}

extension Keyset {
    /// The users of an organization, in the order in which they joined it.
    static func members(of organization: Identifier<Organization>, index: String = "user_organization") -> Keyset {
        Keyset(
            table: "\"user\"", index: index, prefix: [.one("organization_id", "\(organization)")],
            keys: ("created_at", "id"))
    }
}

extension SQLTransaction {
    fileprivate func user(_ id: Identifier<User>) throws -> SQLResult<User?> {
        let sql = """
            SELECT "user".organization_id, "user".account_id, coalesce("user".name, account.name), account.email,
                account.email_key, "user".state, "user".roles, "user".created_at
            FROM "user" JOIN account ON account.id = "user".account_id WHERE "user".id = $1
            """
        return try first(sql, id) { row in
            User(
                id: id, organization: try row.id(0), account: try row.id(1), name: try row.string(2),
                email: EmailAddress(stored: try row.string(3), key: try row.string(4)),
                state: try row.state(5, of: "\(id)"), roles: try row.roles(6), createdAt: try row.moment(7))
        }
    }
}
