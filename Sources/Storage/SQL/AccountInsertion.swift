import Identity

extension SQLTransaction {
    /// Adds an account without its users (`insertUsers`).
    ///
    /// - Returns: `false`, and adds nothing, if an account has the same email key or external identifier.
    func insert(_ account: Account, passwordHash: String) throws -> SQLResult<Bool> {
        try run(
            """
            INSERT INTO account (id, email, email_key, name, given_name, family_name, provider, state, roles,
                must_change_password, password_hash, home_id, created_at, external_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            ON CONFLICT DO NOTHING
            """, account.id, account.email.address, account.email.key, account.name, account.givenName,
            account.familyName, account.provider.rawValue, account.state, account.installationRoles,
            account.mustChangePassword, passwordHash, account.home, account.createdAt, account.externalID
        ).map { $0 == 1 }
    }

    /// Adds the users of an account that is there.
    func insertUsers(of account: Account) throws {
        for user in account.users { try insert(user, of: account) }
    }

    /// Adds a user of an account.
    func insert(_ user: User, of account: Account) throws {
        try run(
            """
            INSERT INTO "user" (id, account_id, organization_id, name, state, roles, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """, user.id, account.id, user.organization, user.ownName(in: account), user.state, user.roles,
            user.createdAt)
    }

    /// The values for which accounts were refused that were added along with others: the email address, if an account
    /// had it that was there before or came earlier; else the external identifier.
    func causes(of refused: [Int], among accounts: [NewAccount]) throws -> [RefusedAccount] {
        let places = Dictionary(uniqueKeysWithValues: accounts.indices.map { (accounts[$0].account.id, $0) })
        let holders = try refused.map { try accountID(emailKey: accounts[$0].account.email.key) }
        return try zip(refused, holders).map { index, holder in
            let isKnown = try holder.value.map { places[$0].map { $0 < index } ?? true } ?? false
            guard isKnown || accounts[index].account.externalID != nil else {
                throw StoreError(.unexpected, "account \(accounts[index].account.id) was not added, for no reason")
            }
            return RefusedAccount(index: index, cause: isKnown ? .email : .externalID)
        }
    }
}

extension User {
    /// The name as it is kept: none if it is the account's.
    func ownName(in account: Account) -> String? { name == account.name ? nil : name }
}
