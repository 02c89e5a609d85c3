import GRDB
public import Identity

extension SQLiteStore {
    public func insert(
        _ account: Account, passwordHash: String, event: AuditEvent
    ) throws(StoreError) -> Bool {
        try write(changesPrincipals: false) { db in
            guard try Self.insert(account, passwordHash: passwordHash, db) else { return false }
            try AuditRows.insert(event, db)
            return true
        }
    }

    public func insert(_ accounts: [NewAccount], _ mode: ImportMode) throws(StoreError) -> [Int] {
        try transaction { db in
            var refused: [Int] = []
            for (index, new) in accounts.enumerated() {
                if try Self.insert(new.account, passwordHash: new.passwordHash, db) {
                    try AuditRows.insert(new.event, db)
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
            return (refused, isKept ? .commit : .rollback)
        }
    }

    public func change(
        _ subject: AccountSubject, _ rule: (Account, _ passwordHash: String?) throws -> AccountChange?
    ) throws(StoreError) -> AccountChange.Outcome {
        let (outcome, erases) = try decide(subject, rule)
        // It is erased, whatever happens here: the housekeeping tries again, and tells what is in the way.
        if erases { _ = try? wipeErased() }
        return outcome
    }

    private func decide(
        _ subject: AccountSubject, _ rule: (Account, _ passwordHash: String?) throws -> AccountChange?
    ) throws(StoreError) -> (outcome: AccountChange.Outcome, erases: Bool) {
        try transaction { db in
            guard let (old, passwordHash) = try AccountRows.accountWithHash(db, subject) else {
                return ((.notFound, false), .rollback)
            }
            guard let change = try rule(old, passwordHash) else { return ((.unchanged, false), .rollback) }
            if let organization = try Self.organizationWithoutOwner(after: change, of: old, db) {
                return ((.lastOwner(organization), false), .rollback)
            }
            try Self.endCredentials(change, of: old, db)
            if !change.erases { try Self.update(old, with: change, db) }
            for event in change.events { try AuditRows.insert(event, db) }
            // Behind the entries, which belong to an organization of the account.
            try Self.removeUsers(old, change, db)
            if change.erases {
                try db.cachedStatement(sql: "DELETE FROM account WHERE id = ?").execute(arguments: [old.id.column])
                try Self.noteErasure(db)
            }
            return ((.changed(change.erases ? old : change.account), change.erases), .commit)
        }
    }

    /// The organization of which the account is an owner, would be none after the change, and nobody else is one. Of its
    /// home's owners one stays whose home it is; where an organization changes its own user, one whatever that one's home.
    private static func organizationWithoutOwner(
        after change: AccountChange, of account: Account, _ db: Database
    ) throws -> Identifier<Organization>? {
        let remaining = change.erases ? [] : owned(by: change.account)
        let others = try db.cachedStatement(
            sql: """
                SELECT 1 FROM user JOIN account ON account.id = user.account_id
                WHERE user.organization_id = ?1 AND user.roles & 8 AND user.account_id <> ?2
                    AND user.state = 'Active' AND account.state = 'Active'
                    AND (account.home_id = ?1 OR ?3) LIMIT 1
                """)
        return try owned(by: account).subtracting(remaining).first { organization in
            let isHome = organization == account.home
            guard isHome || organization == change.organization else { return false }
            return try Int.fetchOne(others, arguments: [organization.column, account.id.column, !isHome]) == nil
        }
    }

    private static func owned(by account: Account) -> Set<Identifier<Organization>> {
        guard account.state == .active else { return [] }
        return Set(
            account.users.filter { $0.state == .active && $0.roles.reaches(.appOwner) }.map(\.organization))
    }

    private static func endCredentials(_ change: AccountChange, of account: Account, _ db: Database) throws {
        if let sessions = change.endedSessions {
            try endSessions(sessions, of: account.id, db, event: change.ending)
        }
        if let ends = change.endsAPIToken {
            for token in try apiTokens(APITokenFilter(account: account.id), db) where ends(token) {
                try removeAPITokens(APITokenFilter(id: token.id), db) { try change.ending(.apiToken($0.id)) }
            }
        }
    }

    private static func update(_ old: Account, with change: AccountChange, _ db: Database) throws {
        let account = change.account
        let update = try db.cachedStatement(
            sql: """
                UPDATE account SET name = ?, given_name = ?, family_name = ?, state = ?, roles = ?,
                    must_change_password = ?, password_hash = coalesce(?, password_hash)
                WHERE id = ?
                """)
        try update.execute(arguments: [
            account.name, account.givenName, account.familyName, account.state.rawValue,
            account.installationRoles.rawValue, account.mustChangePassword, change.passwordHash, account.id.column,
        ])
        let updateUser = try db.cachedStatement(sql: "UPDATE user SET name = ?, state = ?, roles = ? WHERE id = ?")
        for user in account.users {
            if old.users.contains(where: { $0.id == user.id }) {
                try updateUser.execute(arguments: [
                    ownName(user, account), user.state.rawValue, user.roles.rawValue, user.id.column,
                ])
            } else {
                try insert(user, of: account, db)
            }
        }
    }

    private static func removeUsers(_ old: Account, _ change: AccountChange, _ db: Database) throws {
        let remove = try db.cachedStatement(sql: "DELETE FROM user WHERE id = ?")
        for user in old.users where !change.account.users.contains(where: { $0.id == user.id }) {
            try remove.execute(arguments: [user.id.column])
        }
    }

    /// Adds an account with its users, inside the caller's transaction.
    static func insert(_ account: Account, passwordHash: String, _ db: Database) throws -> Bool {
        let insertAccount = try db.cachedStatement(
            sql: """
                INSERT INTO account (id, email, email_key, name, given_name, family_name, provider, state, roles,
                    must_change_password, password_hash, home_id, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (email_key) DO NOTHING
                """)
        try insertAccount.execute(arguments: [
            account.id.column, account.email.address, account.email.key, account.name, account.givenName,
            account.familyName, account.provider.rawValue, account.state.rawValue, account.installationRoles.rawValue,
            account.mustChangePassword, passwordHash, account.home?.column, account.createdAt.secondsSince1970,
        ])
        guard db.changesCount == 1 else { return false }
        for user in account.users { try insert(user, of: account, db) }
        return true
    }

    private static func insert(_ user: User, of account: Account, _ db: Database) throws {
        let insert = try db.cachedStatement(
            sql: """
                INSERT INTO user (id, account_id, organization_id, name, state, roles, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """)
        try insert.execute(arguments: [
            user.id.column, account.id.column, user.organization.column, ownName(user, account), user.state.rawValue,
            user.roles.rawValue, user.createdAt.secondsSince1970,
        ])
    }

    /// The name of a user as it is kept: none where it is the account's.
    private static func ownName(_ user: User, _ account: Account) -> String? {
        user.name == account.name ? nil : user.name
    }
}
