import Identity

extension SQLStore {
    public func organization(_ slugOrID: String) throws(StoreError) -> Organization? {
        let id = Identifier<Organization>(slugOrID).argument
        return try read { try $0.organizations("slug = \(slugOrID) OR id = \(id)").first }
    }

    public func organization(_ id: Identifier<Organization>) throws(StoreError) -> Organization? {
        try read { try $0.organization(id) }
    }

    public func organizations(
        of account: Identifier<Account>?, _ page: PageRequest
    ) throws(StoreError) -> Page<Organization> {
        try readList(page) { _ in
            .organizations(of: account)
        } row: {
            try $0.organization(Identifier(column: $1))
        }
    }

    public func organizationsWithoutOwner(limit: Int) throws(StoreError) -> [Organization] {
        let isOwner = Transaction.Dialect.hasBits(8, "\"user\".roles")
        return try read { transaction in
            try transaction.organizations(
                """
                NOT EXISTS (
                    SELECT 1 FROM "user" JOIN account ON account.id = "user".account_id
                    WHERE "user".organization_id = organization.id AND \(raw: isOwner) AND "user".state = 'Active'
                        AND account.state = 'Active' AND account.home_id = organization.id)
                ORDER BY created_at, id LIMIT \(limit)
                """)
        }
    }

    public func insert(_ organization: Organization, event: AuditEvent) throws(StoreError) -> Bool {
        try write { transaction in
            guard try transaction.insert(organization) else { return false }
            try transaction.record(event)
            return true
        }
    }

    public func change(
        _ organization: Identifier<Organization>,
        _ rule: (Organization) throws -> (organization: Organization, event: AuditEvent)?
    ) throws(StoreError) -> Organization? {
        try write { transaction in
            guard let present = try transaction.organization(organization), let (new, event) = try rule(present) else {
                return nil
            }
            try transaction.run(
                """
                UPDATE organization
                SET name = $1, display_name = $2, auto_join = $3, default_roles = $4, email_regex = $5 WHERE id = $6
                """, new.name, new.displayName, new.autoJoin, new.defaultRoles, new.emailPattern, organization)
            try transaction.record(event)
            return new
        }
    }

    public func delete(
        _ organization: Identifier<Organization>, event: (OrganizationDeletion.End) throws -> AuditEvent
    ) throws(StoreError) -> OrganizationDeletion.Outcome {
        let outcome: OrganizationDeletion.Outcome = try transaction { transaction in
            guard let present = try transaction.organization(organization) else { return .rollback(.notFound) }
            let other = "SELECT 1 FROM organization WHERE id <> $1 LIMIT 1"
            guard try transaction.first(other, organization, read: { _ in true }).value != nil else {
                return .rollback(.lastOrganization)
            }
            let extent = try transaction.endMemberships(of: organization, event: event)
            // Before it is gone, since an entry about an account belongs to an organization of that account.
            try transaction.record(try event(.organization(present, extent)))
            try transaction.run("DELETE FROM organization WHERE id = $1", organization)
            try transaction.noteErasure()
            return .commit(.deleted(extent))
        }
        // The names of its users: the housekeeping tries again, and tells what is in the way.
        if case .deleted = outcome { _ = try? wipeErased() }
        return outcome
    }

    public func initialize(
        _ organization: Organization, owner: Account, passwordHash: String, events: [AuditEvent]
    ) throws(StoreError) -> Bool {
        try write { transaction in
            guard try !transaction.hasOrganization() else { return false }
            _ = try transaction.insert(organization)
            guard try transaction.insert(owner, passwordHash: passwordHash) else {
                throw StoreError(.unexpected, "there is no organization, but an account \(owner.id)")
            }
            for event in events { try transaction.record(event) }
            return true
        }
    }

    public func isInitialized() throws(StoreError) -> Bool {
        try read { try $0.hasOrganization() }
    }
}

extension Keyset {
    fileprivate static func organizations(of account: Identifier<Account>?) -> Keyset {
        guard let account else {
            return Keyset(table: "organization", index: "organization_created", keys: ("created_at", "id"))
        }
        // Found by the few users of the account, and then put in order.
        let membership: SQLFragment =
            "id IN (SELECT organization_id FROM \"user\" WHERE account_id = \(account) AND state = 'Active')"
        return Keyset(table: "organization", index: nil, filters: [membership], keys: ("created_at", "id"))
    }
}

extension SQLTransaction {
    fileprivate func hasOrganization() throws -> Bool {
        try first("SELECT 1 FROM organization LIMIT 1") { _ in true }.value != nil
    }

    func organization(_ id: Identifier<Organization>) throws -> Organization? {
        try first(OrganizationQueries.byID, id) { try $0.organization() }.value
    }

    /// Ends what goes along with the users of an organization that is about to be deleted, which takes the users along.
    fileprivate func endMemberships(
        of organization: Identifier<Organization>, event: (OrganizationDeletion.End) throws -> AuditEvent
    ) throws -> OrganizationDeletion.Extent {
        var extent = OrganizationDeletion.Extent()
        extent.users = try count("SELECT count(*) FROM \"user\" WHERE organization_id = \(organization)").value.rows
        extent.apiTokens = try removeAPITokens(APITokenFilter(organization: organization)) { try event(.apiToken($0)) }
        let stranded: [Identifier<Account>] = try all(
            """
            SELECT account.id FROM "user" JOIN account ON account.id = "user".account_id
            WHERE "user".organization_id = $1 AND account.state = 'Active' AND account.roles = 0
                AND NOT EXISTS (
                    SELECT 1 FROM "user" AS other
                    WHERE other.account_id = account.id AND other.organization_id <> $1
                        AND other.state = 'Active')
            """, organization
        ) { try $0.id(0) }.value
        for account in stranded {
            try endSessions(.all, of: account) { credential in
                guard case .session(let id) = credential else {
                    throw StoreError(.unexpected, "\(credential) is not a session")
                }
                return try event(.session(id, of: account))
            }
            try run("UPDATE account SET state = 'Inactive' WHERE id = $1", account)
            try record(try event(.account(account)))
        }
        extent.accounts = stranded.count
        return extent
    }

    /// The organizations that meet a condition.
    fileprivate func organizations(_ condition: SQLFragment) throws -> [Organization] {
        try rows(of: "\(raw: OrganizationQueries.all) WHERE \(condition)") { try $0.organization() }.value
    }

    /// - Returns: `false` where an organization has the same slug.
    fileprivate func insert(_ organization: Organization) throws -> Bool {
        try run(
            """
            INSERT INTO organization (id, slug, name, display_name, auto_join, default_roles, email_regex, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (slug) DO NOTHING
            """, organization.id, organization.slug, organization.name, organization.displayName,
            organization.autoJoin, organization.defaultRoles, organization.emailPattern, organization.createdAt
        ).value == 1
    }
}

private enum OrganizationQueries {
    static let all =
        "SELECT id, slug, name, display_name, auto_join, default_roles, email_regex, created_at FROM organization"
    // A text that is made once: `GET /auth/session` asks by it.
    static let byID = "\(all) WHERE id = $1"
}

extension SQLRow {
    /// The organization of a row.
    fileprivate func organization() throws -> Organization {
        Organization(
            id: try id(0), slug: try string(1), name: try string(2), displayName: try text(3), autoJoin: try flag(4),
            defaultRoles: try roles(5), emailPattern: try text(6).map(EmailPattern.init(stored:)),
            createdAt: try moment(7))
    }
}
