import GRDB
public import Identity

extension SQLiteStore {
    public func organization(_ slugOrID: String) throws(StoreError) -> Organization? {
        try read { db in
            let statement = try db.cachedStatement(sql: "SELECT * FROM organization WHERE slug = ? OR id = ?")
            let id = Identifier<Organization>(slugOrID)?.column
            return try Row.fetchOne(statement, arguments: [slugOrID, id]).map(Self.organization)
        }
    }

    public func organizations(
        of account: Identifier<Account>?, _ page: PageRequest
    ) throws(StoreError) -> Page<Organization> {
        try readList { db, totals in
            let keyset = Self.keyset(of: account)
            let find = try db.cachedStatement(sql: "SELECT * FROM organization WHERE id = ?")
            return try keyset.page(db, page, in: keyset.ranges(db) ?? [], totals) { id in
                try Row.fetchOne(find, arguments: [id]).map(Self.organization)
            }
        }
    }

    public func organizationsWithoutOwner(limit: Int) throws(StoreError) -> [Organization] {
        try read { db in
            let find = try db.cachedStatement(
                sql: """
                    SELECT * FROM organization WHERE NOT EXISTS (
                        SELECT 1 FROM user JOIN account ON account.id = user.account_id
                        WHERE user.organization_id = organization.id AND user.roles & 8 AND user.state = 'Active'
                            AND account.state = 'Active' AND account.home_id = organization.id)
                    ORDER BY created_at, id LIMIT ?
                    """)
            return try Row.fetchAll(find, arguments: [limit]).map(Self.organization)
        }
    }

    static func keyset(of account: Identifier<Account>?) -> Keyset {
        guard let account else {
            return Keyset(table: "organization", index: "organization_created", keys: ("created_at", "id"))
        }
        // Found by the few users of the account, and then put in order.
        let membership: Keyset.Condition = (
            "id IN (SELECT organization_id FROM user WHERE account_id = ? AND state = 'Active')", [account.column]
        )
        return Keyset(table: "organization", index: nil, filters: [membership], keys: ("created_at", "id"))
    }

    public func insert(_ organization: Organization, event: AuditEvent) throws(StoreError) -> Bool {
        try write { db in
            guard try Self.insert(organization, db) else { return false }
            try AuditRows.insert(event, db)
            return true
        }
    }

    public func change(
        _ organization: Identifier<Organization>,
        _ rule: (Organization) throws -> (organization: Organization, event: AuditEvent)?
    ) throws(StoreError) -> Organization? {
        try write { db in
            let find = try db.cachedStatement(sql: "SELECT * FROM organization WHERE id = ?")
            guard let row = try Row.fetchOne(find, arguments: [organization.column]),
                let (new, event) = try rule(try Self.organization(row))
            else { return nil }
            let update = try db.cachedStatement(
                sql: """
                    UPDATE organization
                    SET name = ?, display_name = ?, auto_join = ?, default_roles = ?, email_regex = ? WHERE id = ?
                    """)
            try update.execute(arguments: [
                new.name, new.displayName, new.autoJoin, new.defaultRoles.rawValue, new.emailPattern?.text,
                organization.column,
            ])
            try AuditRows.insert(event, db)
            return new
        }
    }

    public func initialize(
        _ organization: Organization, owner: Account, passwordHash: String, events: [AuditEvent]
    ) throws(StoreError) -> Bool {
        try write { db in
            guard try !Self.hasOrganization(db) else { return false }
            _ = try Self.insert(organization, db)
            guard try Self.insert(owner, passwordHash: passwordHash, db) else {
                throw StoreError(.unexpected, "there is no organization, but an account \(owner.id)")
            }
            for event in events { try AuditRows.insert(event, db) }
            return true
        }
    }

    public func isInitialized() throws(StoreError) -> Bool {
        try read { db in try Self.hasOrganization(db) }
    }

    private static func hasOrganization(_ db: Database) throws -> Bool {
        try Int.fetchOne(db, sql: "SELECT 1 FROM organization LIMIT 1") != nil
    }

    private static func insert(_ organization: Organization, _ db: Database) throws -> Bool {
        try db.execute(
            sql: """
                INSERT INTO organization (id, slug, name, display_name, auto_join, default_roles, email_regex, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (slug) DO NOTHING
                """,
            arguments: [
                organization.id.column, organization.slug, organization.name, organization.displayName,
                organization.autoJoin, organization.defaultRoles.rawValue, organization.emailPattern?.text,
                organization.createdAt.secondsSince1970,
            ])
        return db.changesCount == 1
    }

    private static func organization(_ row: Row) throws -> Organization {
        Organization(
            id: Identifier(column: row["id"]), slug: row["slug"], name: row["name"],
            displayName: row["display_name"], autoJoin: row["auto_join"],
            defaultRoles: try RoleSet(column: row["default_roles"]),
            emailPattern: (row["email_regex"] as String?).map(EmailPattern.init(stored:)),
            createdAt: Timestamp(column: row["created_at"]))
    }
}
