import Identity

extension SQLStore {
    public func insert(
        _ account: Account, passwordHash: String, event: AuditEvent
    ) throws(StoreError) -> Bool {
        try write { transaction in
            transaction.leavesPrincipals()
            guard try transaction.insert(account, passwordHash: passwordHash).value else { return false }
            try transaction.insertUsers(of: account)
            try transaction.record(event)
            return true
        }
    }

    public func insert(_ accounts: [NewAccount], _ mode: ImportMode) throws(StoreError) -> [RefusedAccount] {
        try transaction { transaction in
            let added = try accounts.map { try transaction.insert($0.account, passwordHash: $0.passwordHash) }
            let isAdded = try added.values()
            let refused = try transaction.causes(of: accounts.indices.filter { !isAdded[$0] }, among: accounts)
            for (new, isAdded) in zip(accounts, isAdded) where isAdded {
                try transaction.insertUsers(of: new.account)
                try transaction.record(new.event)
            }
            return mode.keepsOthers(than: refused) ? .commit(refused) : .rollback(refused)
        }
    }

    public func change(
        _ subject: AccountSubject, _ rule: (Account, _ passwordHash: String?) throws -> AccountEdit?
    ) throws(StoreError) -> AccountEdit.Outcome {
        var erases = false
        let outcome: AccountEdit.Outcome = try transaction { transaction in
            erases = false
            let selection = AccountSelection(subject)
            try transaction.lock(.account(selection))
            guard let (old, passwordHash) = try transaction.account(selection).value else {
                return .rollback(.notFound)
            }
            guard let edit = try rule(old, passwordHash) else { return .rollback(.unchanged) }
            let owners = try transaction.otherOwners(after: edit, of: old)
            let isTaken =
                edit.account.email.key == old.email.key
                ? nil : try transaction.accountID(emailKey: edit.account.email.key)
            let ending = try transaction.endCredentials(edit, of: old)
            if let loser = try owners.first(where: { try !$0.hasOther.value }) {
                return .rollback(.lastOwner(loser.organization))
            }
            if try isTaken?.value != nil { return .rollback(.emailTaken) }
            erases = edit.erases
            try transaction.perform(edit, on: old, ending)
            return .commit(.changed(erases ? old : edit.account))
        }
        // It is erased, whatever happens here: the housekeeping tries again, and tells what is in the way.
        if erases { _ = try? wipeErased() }
        return outcome
    }
}

/// The credentials that end along with an edit.
private struct EndingCredentials {
    var sessions: SQLResult<[Identifier<Session>]>?
    var tokens: SQLResult<[APIToken]>?
}

extension SQLTransaction {
    fileprivate func perform(_ edit: AccountEdit, on old: Account, _ ending: EndingCredentials) throws {
        for id in try ending.sessions?.value ?? [] { try record(try edit.ending(.session(id))) }
        if let ends = edit.endsAPIToken {
            for token in try ending.tokens?.value ?? [] where ends(token) {
                try run("DELETE FROM api_token WHERE id = $1", token.id)
                try record(try edit.ending(.apiToken(token.id)))
            }
        }
        if !edit.erases { try update(old, with: edit) }
        if edit.removesFactors { try removeFactors(of: old.id) }
        if edit.endsLogins(of: old) { try endLogins(of: old.id) }
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

    /// The organizations of which the account is an owner, and would be none after the edit; and whether somebody else
    /// is one. Of its home's owners one stays whose home it is; if an organization edits its own user, one whatever
    /// that one's home.
    fileprivate func otherOwners(
        after edit: AccountEdit, of account: Account
    ) throws -> [(organization: Identifier<Organization>, hasOther: SQLResult<Bool>)] {
        let remaining = edit.erases ? [] : edit.account.ownedOrganizations
        let lost = account.ownedOrganizations.subtracting(remaining).filter {
            $0 == account.home || $0 == edit.organization
        }
        guard !lost.isEmpty else { return [] }
        try lock(.organizations(Array(lost)))
        let others = """
            SELECT 1 FROM "user" JOIN account ON account.id = "user".account_id
            WHERE "user".organization_id = $1 AND \(Dialect.hasBits(8, "\"user\".roles")) AND "user".account_id <> $2
                AND "user".state = 'Active' AND account.state = 'Active'
                AND (account.home_id = $1 OR CAST($3 AS BIGINT) = 1) LIMIT 1
            """
        return try lost.map { organization in
            let isHome = organization == account.home
            let other = try first(others, organization, account.id, !isHome) { _ in true }
            return (organization, try other.map { $0 != nil })
        }
    }

    /// Ends the sessions, and finds the tokens, of which some end. If the edit fails this is undone.
    fileprivate func endCredentials(_ edit: AccountEdit, of account: Account) throws -> EndingCredentials {
        var ending = EndingCredentials()
        try lock(.credential)
        if let sessions = edit.endedSessions { ending.sessions = try removeSessions(sessions, of: account.id) }
        if edit.endsAPIToken != nil { ending.tokens = try apiTokens(APITokenFilter(account: account.id)) }
        return ending
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
}

extension AccountEdit {
    /// True if logins that wait for a second factor end, and the trust in browsers: both rest on the password and the
    /// factors that the account had. With an account that is erased they go in any case.
    fileprivate func endsLogins(of old: Account) -> Bool {
        let isDeactivated = account.state == .inactive && old.state == .active
        return !erases && (removesFactors || passwordHash != nil || isDeactivated)
    }
}

extension Account {
    /// The organizations of which it counts as an owner.
    fileprivate var ownedOrganizations: Set<Identifier<Organization>> {
        guard state == .active else { return [] }
        return Set(users.filter { $0.state == .active && $0.roles.reaches(.appOwner) }.map(\.organization))
    }
}
