import Identity

extension SQLStore {
    public func hasAccount(emailKey: String) throws(StoreError) -> Bool {
        try read { try $0.accountID(emailKey: emailKey) != nil }
    }

    public func account(emailKey: String) throws(StoreError) -> Account? {
        try read { try $0.account(.emailKey(emailKey))?.account }
    }

    public func account(_ id: Identifier<Account>) throws(StoreError) -> Account? {
        try read { try $0.account(.id(id))?.account }
    }

    public func accounts(_ filter: AccountFilter, _ page: PageRequest) throws(StoreError) -> Page<Account> {
        try readList(page) { transaction in
            try .accounts(filter, Transaction.Dialect.self) { try transaction.accountID(emailKey: $0) }
        } row: { transaction, id in
            let account: Identifier<Account>? =
                if filter.organization == nil {
                    Identifier(column: id)
                } else {
                    try transaction.first("SELECT account_id FROM \"user\" WHERE id = $1", id) { try $0.id(0) }.value
                }
            return try account.flatMap { try transaction.account(.id($0))?.account }
        }
    }
}

extension SQLTransaction {
    fileprivate func accountID(emailKey: String) throws -> Identifier<Account>? {
        try first("SELECT id FROM account WHERE email_key = $1", emailKey) { try $0.id(0) }.value
    }
}

extension Keyset {
    /// - Parameter find: finds the account with an email key.
    fileprivate static func accounts(
        _ filter: AccountFilter, _ dialect: any SQLDialect.Type, find: (String) throws -> Identifier<Account>?
    ) rethrows -> Keyset {
        let search = filter.search.map { search -> SQLFragment in
            "(\(dialect.contains(search.text, "account.email")) OR \(dialect.contains(search.text, "account.name")))"
        }
        if let organization = filter.organization {
            var keyset = try accounts(filter, in: organization, find: find)
            if let search {
                keyset.filters.append(
                    "EXISTS (SELECT 1 FROM account WHERE account.id = \"user\".account_id AND \(search))")
            }
            return keyset
        }
        // As literals, by which the engine knows that the index on the inactive ones will do.
        let state: SQLFragment? = filter.state.map { "state = '\(raw: $0.rawValue)'" }
        let index = filter.state == .inactive ? "account_inactive" : "account_created"
        return Keyset(
            table: "account", index: filter.emailKey == nil ? index : "account_email_key",
            prefix: filter.emailKey.map { [.one("email_key", $0.argument)] } ?? [],
            filters: [state, search].compactMap(\.self), keys: ("created_at", "id"))
    }

    private static func accounts(
        _ filter: AccountFilter, in organization: Identifier<Organization>,
        find: (String) throws -> Identifier<Account>?
    ) rethrows -> Keyset {
        var keyset = members(of: organization, index: filter.state == .inactive ? "user_inactive" : "user_organization")
        if let emailKey = filter.emailKey {
            keyset = Keyset(
                table: "\"user\"", index: "user_account_organization",
                prefix: [
                    .one("account_id", try find(emailKey).argument), .one("organization_id", organization.argument),
                ],
                keys: ("created_at", "id"))
        }
        switch filter.state {
        case .inactive: keyset.filters = ["account_is_inactive"]
        case .active: keyset.filters = ["NOT account_is_inactive"]
        case nil: break
        }
        return keyset
    }
}
