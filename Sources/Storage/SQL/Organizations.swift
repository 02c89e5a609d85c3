import Identity

extension SQLStore {
    public func organization(_ slugOrID: String) throws(StoreError) -> Organization? {
        let id = Identifier<Organization>(slugOrID).argument
        return try read { try $0.organizations("slug = \(slugOrID.sought) OR id = \(id)").value.first }
    }

    public func organization(_ id: Identifier<Organization>) throws(StoreError) -> Organization? {
        try read { try $0.organization(id).value }
    }

    public func organizations(
        of account: Identifier<Account>?, _ page: PageRequest
    ) throws(StoreError) -> Page<Organization> {
        try readList(page, .organizations(of: account)) { try $0.organization(Identifier(column: $1)) }
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
                """
            ).value
        }
    }

    public func insert(_ organization: Organization, event: AuditEvent) throws(StoreError) -> Bool {
        try write { transaction in
            try transaction.lock(.installation)
            let isOfEmpty = try transaction.isEmpty()
            guard try transaction.insert(organization).value else { return false }
            // As `initialize` does, by whatever way a new installation gets its first organization.
            if try isOfEmpty.value { try transaction.note(.ofNew) }
            try transaction.record(event)
            return true
        }
    }

    public func change(
        _ organization: Identifier<Organization>,
        _ rule: (Organization) throws -> (organization: Organization, event: AuditEvent)?
    ) throws(StoreError) -> Organization? {
        try write { transaction in
            try transaction.lock(.organizations([organization]))
            guard let present = try transaction.organization(organization).value, let (new, event) = try rule(present)
            else { return nil }
            try transaction.run(
                """
                UPDATE organization
                SET name = $1, display_name = $2, auto_join = $3, default_roles = $4, email_regex = $5,
                    second_factor = $6
                WHERE id = $7
                """, new.name, new.displayName, new.autoJoin, new.defaultRoles, new.emailPattern, new.secondFactor,
                organization)
            try transaction.record(event)
            return new
        }
    }

    public func delete(
        _ organization: Identifier<Organization>, event: (OrganizationDeletion.End) throws -> AuditEvent
    ) throws(StoreError) -> OrganizationDeletion.Outcome {
        // Somebody may join between the lock of the members and that of the organization: then once more.
        for _ in 0..<10 {
            let outcome = try transaction { try $0.delete(organization, event: event) }
            // The names of its users: the housekeeping tries again, and tells what is in the way.
            if case .deleted = outcome { _ = try? wipeErased() }
            if let outcome { return outcome }
        }
        throw StoreError(.unavailable, "\(organization) was not deleted, since accounts kept joining it: try again")
    }

    public func initialize(
        _ organization: Organization, owner: Account, passwordHash: String, events: [AuditEvent]
    ) throws(StoreError) -> Bool {
        try write { transaction in
            try transaction.lock(.installation)
            guard try !transaction.hasOrganization().value else { return false }
            _ = try transaction.insert(organization)
            guard try transaction.insert(owner, passwordHash: passwordHash).value else {
                throw StoreError(.unexpected, "there is no organization, but an account \(owner.id)")
            }
            try transaction.insertUsers(of: owner)
            try transaction.note(.ofNew)
            for event in events { try transaction.record(event) }
            return true
        }
    }

    public func isInitialized() throws(StoreError) -> Bool {
        try read { try $0.hasOrganization().value }
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
    fileprivate func hasOrganization() throws -> SQLResult<Bool> {
        try first("SELECT 1 FROM organization LIMIT 1") { _ in true }.map { $0 != nil }
    }

    /// True if there is no organization and no account: people who are there already are used to what holds.
    fileprivate func isEmpty() throws -> SQLResult<Bool> {
        try first("SELECT 1 WHERE EXISTS (SELECT 1 FROM organization) OR EXISTS (SELECT 1 FROM account)") { _ in true }
            .map { $0 == nil }
    }

    func organization(_ id: Identifier<Organization>) throws -> SQLResult<Organization?> {
        try first(OrganizationQueries.byID, id) { try $0.organization() }
    }

    /// The organizations that meet a condition.
    fileprivate func organizations(_ condition: SQLFragment) throws -> SQLResult<[Organization]> {
        try rows(of: "\(raw: OrganizationQueries.all) WHERE \(condition)") { try $0.organization() }
    }

    /// - Returns: `false` if an organization has the same slug.
    fileprivate func insert(_ organization: Organization) throws -> SQLResult<Bool> {
        try run(
            """
            INSERT INTO organization (id, slug, name, display_name, auto_join, default_roles, email_regex,
                second_factor, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (slug) DO NOTHING
            """, organization.id, organization.slug, organization.name, organization.displayName,
            organization.autoJoin, organization.defaultRoles, organization.emailPattern, organization.secondFactor,
            organization.createdAt
        ).map { $0 == 1 }
    }
}

private enum OrganizationQueries {
    static let all = """
        SELECT id, slug, name, display_name, auto_join, default_roles, email_regex, created_at, second_factor
        FROM organization
        """
    // A text that is made once: `GET /auth/session` asks by it.
    static let byID = "\(all) WHERE id = $1"
}

extension SQLRow {
    /// The organization of a row.
    fileprivate func organization() throws -> Organization {
        Organization(
            id: try id(0), slug: try string(1), name: try string(2), displayName: try text(3), autoJoin: try flag(4),
            defaultRoles: try roles(5), emailPattern: try text(6).map(EmailPattern.init(stored:)),
            secondFactor: try secondFactorPolicy(8), createdAt: try moment(7))
    }
}
