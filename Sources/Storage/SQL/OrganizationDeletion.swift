import Identity

extension SQLTransaction {
    /// Deletes an organization, and ends what goes along with its users.
    ///
    /// - Returns: `nil`, undone, if somebody joined it before it was locked.
    func delete(
        _ organization: Identifier<Organization>, event: (OrganizationDeletion.End) throws -> AuditEvent
    ) throws -> Completion<OrganizationDeletion.Outcome?> {
        let members = "SELECT account_id FROM \"user\" WHERE organization_id = $1"
        let before = try all(members, organization) { try $0.number(0) }
        try lock(.accounts("id IN (SELECT account_id FROM \"user\" WHERE organization_id = \(organization))"))
        try lock(.installation)
        try lock(.deletion(organization))
        let present = try self.organization(organization)
        let other = try first("SELECT 1 FROM organization WHERE id <> $1 LIMIT 1", organization) { _ in true }
        let now = try all(members, organization) { try $0.number(0) }
        let tokens = try remove(APITokenFilter(organization: organization))
        let stranded = try strandedAccounts(without: organization)
        guard let present = try present.value else { return .rollback(.notFound) }
        guard try other.value != nil else { return .rollback(.lastOrganization) }
        guard try Set(before.value).isSuperset(of: try now.value) else { return .rollback(nil) }

        for token in try tokens.value { try record(try event(.apiToken(token))) }
        try deactivate(try stranded.value, event: event)
        var extent = OrganizationDeletion.Extent()
        extent.users = try now.value.count
        extent.apiTokens = try tokens.value.count
        extent.accounts = try stranded.value.count
        // Before it is gone, since an entry about an account belongs to an organization of that account.
        try record(try event(.organization(present, extent)))
        try run("DELETE FROM organization WHERE id = $1", organization)
        try noteErasure()
        return .commit(.deleted(extent))
    }

    /// The active accounts that have nothing else than an organization.
    private func strandedAccounts(
        without organization: Identifier<Organization>
    ) throws -> SQLResult<[Identifier<Account>]> {
        try all(
            """
            SELECT account.id FROM "user" JOIN account ON account.id = "user".account_id
            WHERE "user".organization_id = $1 AND account.state = 'Active' AND account.roles = 0
                AND NOT EXISTS (
                    SELECT 1 FROM "user" AS other
                    WHERE other.account_id = account.id AND other.organization_id <> $1
                        AND other.state = 'Active')
            """, organization
        ) { try $0.id(0) }
    }

    /// Makes accounts inactive, and ends their sessions.
    private func deactivate(
        _ accounts: [Identifier<Account>], event: (OrganizationDeletion.End) throws -> AuditEvent
    ) throws {
        try lock(.credential)
        let sessions = try accounts.map { try removeSessions(.all, of: $0) }
        for (account, ended) in zip(accounts, sessions) {
            for id in try ended.value { try record(try event(.session(id, of: account))) }
            try run("UPDATE account SET state = 'Inactive' WHERE id = $1", account)
            try endLogins(of: account)
            try record(try event(.account(account)))
        }
    }
}
