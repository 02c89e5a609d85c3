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
            try .accounts(filter, Transaction.Dialect.self) { try transaction.accountID(of: $0) }
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
    func accountID(emailKey: String) throws -> Identifier<Account>? {
        try first("SELECT id FROM account WHERE email_key = $1", emailKey) { try $0.id(0) }.value
    }

    func accountID(externalID: String) throws -> Identifier<Account>? {
        try first("SELECT id FROM account WHERE external_id = $1", externalID) { try $0.id(0) }.value
    }

    fileprivate func accountID(of name: UniqueName) throws -> Identifier<Account>? {
        switch name {
        case .emailKey(let key): try accountID(emailKey: key)
        case .externalID(let id): try accountID(externalID: id)
        }
    }
}

/// A value that one account at most has.
private enum UniqueName {
    case emailKey(String)
    case externalID(String)

    /// The column, which has an index of its own.
    var column: Keyset.Column {
        switch self {
        case .emailKey(let key): .one("email_key", key.argument)
        case .externalID(let id): .one("external_id", id.argument)
        }
    }

    var index: String {
        switch self {
        case .emailKey: "account_email_key"
        case .externalID: "account_external_id"
        }
    }
}

extension AccountFilter {
    /// The unique values that it asks for.
    fileprivate var uniqueNames: [UniqueName] {
        [emailKey.map { .emailKey($0) }, externalID.map { .externalID($0) }].compactMap(\.self)
    }
}

extension Keyset {
    /// - Parameter find: finds the account with a unique value.
    fileprivate static func accounts(
        _ filter: AccountFilter, _ dialect: any SQLDialect.Type, find: (UniqueName) throws -> Identifier<Account>?
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
        var filters = [state, search].compactMap(\.self)
        guard let name = filter.uniqueNames.first else {
            return Keyset(
                table: "account", index: filter.state == .inactive ? "account_inactive" : "account_created",
                filters: filters, keys: ("created_at", "id"))
        }
        for other in filter.uniqueNames.dropFirst() { filters.append("id = \(try find(other).argument)") }
        return Keyset(
            table: "account", index: name.index, prefix: [name.column], filters: filters, keys: ("created_at", "id"))
    }

    private static func accounts(
        _ filter: AccountFilter, in organization: Identifier<Organization>,
        find: (UniqueName) throws -> Identifier<Account>?
    ) rethrows -> Keyset {
        var keyset = members(of: organization, index: filter.state == .inactive ? "user_inactive" : "user_organization")
        let accounts = try filter.uniqueNames.map(find)
        if let account = accounts.first {
            keyset = Keyset(
                table: "\"user\"", index: "user_account_organization",
                prefix: [
                    .one("account_id", account.argument), .one("organization_id", organization.argument),
                ],
                keys: ("created_at", "id"))
        }
        keyset.filters = accounts.dropFirst().map { "account_id = \($0.argument)" }
        switch filter.state {
        case .inactive: keyset.filters.append("account_is_inactive")
        case .active: keyset.filters.append("NOT account_is_inactive")
        case nil: break
        }
        return keyset
    }
}
