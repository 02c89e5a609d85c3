extension AuthenticationService {
    /// The account with this email address or identifier.
    ///
    /// - Throws: `.notFound`, `.store`.
    public func account(named name: String) throws(AuthenticationError) -> Account {
        guard let account = try findAccount(named: name) else { throw .notFound("an account \(name)") }
        return account
    }

    /// The account with this email address or identifier; `nil` if there is none.
    func findAccount(named name: String) throws(AuthenticationError) -> Account? {
        try withStore { store throws(StoreError) in
            if let id = Identifier<Account>(name) { return try store.account(id) }
            return try store.account(emailKey: EmailAddress.lookupKey(name))
        }
    }

    /// The account with this identifier in the system that it was imported from.
    ///
    /// - Throws: `.notFound`, `.store`.
    public func account(externalID: String) throws(AuthenticationError) -> Account {
        let found = try withStore { store throws(StoreError) in
            try store.accounts(AccountFilter(externalID: externalID), PageRequest(size: 1, counts: false)).items.first
        }
        guard let found else { throw .notFound("an account with the external identifier \(externalID)") }
        return found
    }

    /// The account with this identifier, as the caller may see it.
    ///
    /// - Throws: `.notFound`, `.store`.
    public func account(_ id: Identifier<Account>, by caller: Caller) throws(AuthenticationError) -> Account {
        let account = try withStore { store throws(StoreError) in try store.account(id) }
        guard let view = account.flatMap(caller.view) else { throw .notFound("an account \(id)") }
        return view
    }

    /// The accounts that match a filter, the oldest first, as the caller may see them.
    ///
    /// - Throws: `.organizationForbidden`, `.tooManyLists`, `.store`.
    public func accounts(
        _ filter: AccountFilter, _ page: PageRequest, by caller: Caller
    ) throws(AuthenticationError) -> Page<Account> {
        var filter = filter
        if !caller.administersInstallation { filter.organization = try caller.requireOrganization() }
        let accounts = try readList(for: caller) { [filter] store throws(StoreError) in
            try store.accounts(filter, page)
        }
        return accounts.map { caller.view(of: $0) ?? $0 }
    }
}

extension Caller {
    /// The part of an account that the caller may see; `nil` if that is nothing.
    ///
    /// An administrator of the installation sees all of every account. Others see accounts with a user in the
    /// organization in which they act, and of these only that user.
    func view(of account: Account) -> Account? {
        if administersInstallation { return account }
        guard let user = account.user(in: organization) else { return nil }
        var view = account
        view.users = [user]
        return view
    }
}
