import Identity

extension SQLStore {
    public func hasAccount(emailKey: String) throws(StoreError) -> Bool {
        try read { try $0.accountID(emailKey: emailKey).value != nil }
    }

    public func account(emailKey: String) throws(StoreError) -> Account? {
        try read { try $0.account(.emailKey(emailKey)).value?.account }
    }

    public func account(_ id: Identifier<Account>) throws(StoreError) -> Account? {
        try read { try $0.account(.id(id)).value?.account }
    }

    public func accounts(_ filter: AccountFilter, _ page: PageRequest) throws(StoreError) -> Page<Account> {
        try readList(page, .accounts(filter, Transaction.Dialect.self)) { transaction, id in
            let selection: AccountSelection =
                filter.organization == nil ? .id(Identifier(column: id)) : .user(Identifier(column: id))
            return try transaction.account(selection).map { $0?.account }
        }
    }
}

extension SQLTransaction {
    func accountID(emailKey: String) throws -> SQLResult<Identifier<Account>?> {
        try first("SELECT id FROM account WHERE email_key = $1", emailKey.sought) { try $0.id(0) }
    }
}

/// A value that one account at most has.
private enum UniqueName {
    case emailKey(String)
    case externalID(String)

    /// The account that has it.
    var account: SQLFragment {
        switch self {
        case .emailKey(let key): "(SELECT id FROM account WHERE email_key = \(key.sought))"
        case .externalID(let id): "(SELECT id FROM account WHERE external_id = \(id.sought))"
        }
    }

    /// The column, which has an index of its own.
    var column: Keyset.Column {
        switch self {
        case .emailKey(let key): .one("email_key", "\(key.sought)")
        case .externalID(let id): .one("external_id", "\(id.sought)")
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
    fileprivate static func accounts(_ filter: AccountFilter, _ dialect: any SQLDialect.Type) -> Keyset {
        let search = filter.search.map { search -> SQLFragment in
            let text = search.text.sought
            return "(\(dialect.contains(text, "account.email")) OR \(dialect.contains(text, "account.name")))"
        }
        if let organization = filter.organization {
            var keyset = accounts(filter, in: organization, dialect)
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
        for other in filter.uniqueNames.dropFirst() { filters.append("id = \(other.account)") }
        return Keyset(
            table: "account", index: name.index, prefix: [name.column], filters: filters, keys: ("created_at", "id"))
    }

    private static func accounts(
        _ filter: AccountFilter, in organization: Identifier<Organization>, _ dialect: any SQLDialect.Type
    ) -> Keyset {
        var keyset = members(of: organization, index: filter.state == .inactive ? "user_inactive" : "user_organization")
        let names = filter.uniqueNames
        if let name = names.first {
            keyset = Keyset(
                table: "\"user\"", index: "user_account_organization",
                prefix: [.one("account_id", name.account), .one("organization_id", "\(organization)")],
                keys: ("created_at", "id"))
        }
        keyset.filters = names.dropFirst().map { "account_id = \($0.account)" }
        let isInactive = dialect.isSet("account_is_inactive")
        switch filter.state {
        case .inactive: keyset.filters.append("\(raw: isInactive)")
        case .active: keyset.filters.append("NOT \(raw: isInactive)")
        case nil: break
        }
        return keyset
    }
}
