import Identity

extension SQLStore {
    public func insert(
        _ account: Account, passwordHash: String, event: AuditEvent
    ) throws(StoreError) -> Bool {
        try write { transaction in
            transaction.leavesPrincipals()
            guard try transaction.insert(account, passwordHash: passwordHash) else { return false }
            try transaction.record(event)
            return true
        }
    }

    public func insert(_ accounts: [NewAccount], _ mode: ImportMode) throws(StoreError) -> [Int] {
        try transaction { transaction in
            var refused: [Int] = []
            for (index, new) in accounts.enumerated() {
                if try transaction.insert(new.account, passwordHash: new.passwordHash) {
                    try transaction.record(new.event)
                } else {
                    refused.append(index)
                }
            }
            let isKept =
                switch mode {
                case .allOrNothing: refused.isEmpty
                case .whatFits: true
                case .dryRun: false
                }
            return isKept ? .commit(refused) : .rollback(refused)
        }
    }

    public func change(
        _ subject: AccountSubject, _ rule: (Account, _ passwordHash: String?) throws -> AccountEdit?
    ) throws(StoreError) -> AccountEdit.Outcome {
        var erases = false
        let outcome: AccountEdit.Outcome = try transaction { transaction in
            erases = false
            guard let (old, passwordHash) = try transaction.account(AccountSelection(subject)) else {
                return .rollback(.notFound)
            }
            guard let edit = try rule(old, passwordHash) else { return .rollback(.unchanged) }
            if let organization = try transaction.organizationWithoutOwner(after: edit, of: old) {
                return .rollback(.lastOwner(organization))
            }
            let isTaken = try edit.account.email.key != old.email.key && transaction.hasAccount(edit.account.email)
            if isTaken { return .rollback(.emailTaken) }
            erases = edit.erases
            try transaction.perform(edit, on: old)
            return .commit(.changed(erases ? old : edit.account))
        }
        // It is erased, whatever happens here: the housekeeping tries again, and tells what is in the way.
        if erases { _ = try? wipeErased() }
        return outcome
    }
}

extension SQLTransaction {
    fileprivate func perform(_ edit: AccountEdit, on old: Account) throws {
        try endCredentials(edit, of: old)
        if !edit.erases { try update(old, with: edit) }
        for event in edit.events { try record(event) }
        // Behind the entries, which belong to an organization of the account.
        for user in old.users where !edit.account.users.contains(where: { $0.id == user.id }) {
            try run("DELETE FROM \"user\" WHERE id = $1", user.id)
        }
        if edit.erases {
            try run("DELETE FROM account WHERE id = $1", old.id)
            try noteErasure()
        }
    }

    /// The organization of which the account is an owner, would be none after the edit, and nobody else is one. Of its
    /// home's owners one stays whose home it is; where an organization edits its own user, one whatever that one's
    /// home.
    fileprivate func organizationWithoutOwner(
        after edit: AccountEdit, of account: Account
    ) throws -> Identifier<Organization>? {
        let remaining = edit.erases ? [] : edit.account.ownedOrganizations
        let others = """
            SELECT 1 FROM "user" JOIN account ON account.id = "user".account_id
            WHERE "user".organization_id = $1 AND \(Dialect.hasBits(8, "\"user\".roles")) AND "user".account_id <> $2
                AND "user".state = 'Active' AND account.state = 'Active'
                AND (account.home_id = $1 OR $3 = 1) LIMIT 1
            """
        return try account.ownedOrganizations.subtracting(remaining).first { organization in
            let isHome = organization == account.home
            guard isHome || organization == edit.organization else { return false }
            return try first(others, organization, account.id, !isHome) { _ in true }.value == nil
        }
    }

    private func endCredentials(_ edit: AccountEdit, of account: Account) throws {
        if let sessions = edit.endedSessions {
            try endSessions(sessions, of: account.id, event: edit.ending)
        }
        if let ends = edit.endsAPIToken {
            for token in try apiTokens(APITokenFilter(account: account.id)) where ends(token) {
                try removeAPITokens(APITokenFilter(id: token.id)) { try edit.ending(.apiToken($0.id)) }
            }
        }
    }

    /// Looks for an account with this email address.
    fileprivate func hasAccount(_ email: EmailAddress) throws -> Bool {
        try first("SELECT 1 FROM account WHERE email_key = $1", email.key) { _ in true }.value != nil
    }

    private func update(_ old: Account, with edit: AccountEdit) throws {
        let account = edit.account
        // A statement of its own, so that no other edit writes the index on addresses.
        if account.email != old.email {
            try run(
                "UPDATE account SET email = $1, email_key = $2 WHERE id = $3", account.email.address,
                account.email.key, account.id)
        }
        try run(
            """
            UPDATE account SET name = $1, given_name = $2, family_name = $3, state = $4, roles = $5,
                must_change_password = $6, password_hash = coalesce($7, password_hash)
            WHERE id = $8
            """, account.name, account.givenName, account.familyName, account.state, account.installationRoles,
            account.mustChangePassword, edit.passwordHash, account.id)
        for user in account.users {
            if old.users.contains(where: { $0.id == user.id }) {
                try run(
                    "UPDATE \"user\" SET name = $1, state = $2, roles = $3 WHERE id = $4", user.ownName(in: account),
                    user.state, user.roles, user.id)
            } else {
                try insert(user, of: account)
            }
        }
    }

    /// Adds an account with its users.
    ///
    /// - Returns: `false` where an account has the same email key.
    func insert(_ account: Account, passwordHash: String) throws -> Bool {
        let added = try run(
            """
            INSERT INTO account (id, email, email_key, name, given_name, family_name, provider, state, roles,
                must_change_password, password_hash, home_id, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            ON CONFLICT (email_key) DO NOTHING
            """, account.id, account.email.address, account.email.key, account.name, account.givenName,
            account.familyName, account.provider.rawValue, account.state, account.installationRoles,
            account.mustChangePassword, passwordHash, account.home, account.createdAt)
        guard try added.value == 1 else { return false }
        for user in account.users { try insert(user, of: account) }
        return true
    }

    private func insert(_ user: User, of account: Account) throws {
        try run(
            """
            INSERT INTO "user" (id, account_id, organization_id, name, state, roles, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """, user.id, account.id, user.organization, user.ownName(in: account), user.state, user.roles,
            user.createdAt)
    }
}

extension Account {
    /// The organizations of which it counts as an owner.
    fileprivate var ownedOrganizations: Set<Identifier<Organization>> {
        guard state == .active else { return [] }
        return Set(users.filter { $0.state == .active && $0.roles.reaches(.appOwner) }.map(\.organization))
    }
}

extension User {
    /// The name as it is kept: none where it is the account's.
    fileprivate func ownName(in account: Account) -> String? { name == account.name ? nil : name }
}
