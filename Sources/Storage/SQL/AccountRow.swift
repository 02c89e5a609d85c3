import Identity

extension SQLTransaction {
    /// An account with its users and its password hash, by one statement, so that they belong together.
    func account(_ selection: AccountSelection) throws -> SQLResult<StoredAccount?> {
        switch selection {
        case .emailKey(let key): try assembled(AccountQueries.byEmailKey, key.sought) { try $0.addAccount(to: &$1) }
        case .id(let id): try assembled(AccountQueries.byID, id) { try $0.addAccount(to: &$1) }
        case .user(let id): try assembled(AccountQueries.byUser, id) { try $0.addAccount(to: &$1) }
        }
    }
}

typealias StoredAccount = (account: Account, passwordHash: String?)

/// The ways to name one account.
enum AccountSelection {
    case emailKey(String)
    case id(Identifier<Account>)
    case user(Identifier<User>)

    init(_ subject: AccountSubject) {
        self =
            switch subject {
            case .account(let id): .id(id)
            case .user(let id): .user(id)
            }
    }
}

private enum AccountQueries {
    static let byEmailKey = select(where: "account.email_key = $1")
    static let byID = select(where: "account.id = $1")
    static let byUser = select(where: "account.id = (SELECT account_id FROM \"user\" WHERE id = $1)")

    private static func select(where condition: String) -> String {
        """
        SELECT account.id, account.email, account.email_key, account.name, account.given_name, account.family_name,
            account.provider, account.state, account.roles, account.must_change_password, account.created_at,
            account.password_hash, account.home_id, account.external_id,
            "user".id, "user".organization_id, "user".name, "user".state, "user".roles, "user".created_at
        FROM account LEFT JOIN "user" ON "user".account_id = account.id
        WHERE \(condition) ORDER BY "user".created_at, "user".id
        """
    }
}

extension SQLRow {
    /// Adds this row's user to its account, which begins with the first row.
    fileprivate func addAccount(to found: inout StoredAccount?) throws {
        var (account, passwordHash) = try found ?? (account(), text(11))
        if let user = try user(of: account) { account.users.append(user) }
        found = (account, passwordHash)
    }

    /// The account of a row, without its users.
    private func account() throws -> Account {
        let id: Identifier<Account> = try id(0)
        let providerName = try string(6)
        guard let provider = Account.Provider(rawValue: providerName) else {
            throw StoreError(.damaged, "account \(id) has the unknown provider \(providerName)")
        }
        return Account(
            id: id, email: EmailAddress(stored: try string(1), key: try string(2)), name: try string(3),
            givenName: try text(4), familyName: try text(5), provider: provider, state: try state(7, of: "\(id)"),
            installationRoles: try roles(8), mustChangePassword: try flag(9), home: optionalID(12),
            createdAt: try moment(10), externalID: try text(13), users: [])
    }

    /// The user of a row; `nil` if the account has none. One without a name has the account's.
    private func user(of account: Account) throws -> User? {
        guard let id: Identifier<User> = optionalID(14) else { return nil }
        return User(
            id: id, organization: try self.id(15), account: account.id, name: try text(16) ?? account.name,
            email: account.email, state: try state(17, of: "\(id)"), roles: try roles(18), createdAt: try moment(19))
    }
}
