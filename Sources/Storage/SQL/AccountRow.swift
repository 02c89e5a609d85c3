import GRDB
import Identity

extension Identifier {
    /// The bits as SQLite's signed integer.
    var column: Int64 { Int64(bitPattern: rawValue) }

    init(column: Int64) {
        self.init(rawValue: UInt64(bitPattern: column))
    }
}

extension Timestamp {
    init(column: Int64) {
        self.init(secondsSince1970: column)
    }
}

extension RoleSet {
    init(column: Int64) throws(StoreError) {
        guard let bits = UInt8(exactly: column) else { throw StoreError(.damaged, "there are no roles \(column)") }
        self.init(rawValue: bits)
    }
}

extension Role {
    /// The role whose bit a column has.
    init(column: Int64) throws(StoreError) {
        guard let role = UInt8(exactly: column).flatMap(Role.init(bit:)) else {
            throw StoreError(.damaged, "there is no role \(column)")
        }
        self = role
    }
}

/// An account with its users, read by one statement, so that they belong together.
enum AccountRows {
    private static let byEmailKey = select(where: "account.email_key = ?")
    private static let byID = select(where: "account.id = ?")
    private static let byUser = select(where: "account.id = (SELECT account_id FROM user WHERE id = ?)")

    private static func select(where condition: String) -> String {
        """
        SELECT account.id, account.email, account.email_key, account.name, account.given_name, account.family_name,
            account.provider, account.state, account.roles, account.must_change_password, account.created_at,
            account.password_hash,
            user.id, user.organization_id, user.name, user.state, user.roles, user.created_at, account.home_id
        FROM account LEFT JOIN user ON user.account_id = account.id
        WHERE \(condition) ORDER BY user.created_at, user.id
        """
    }

    static func account(_ db: Database, emailKey: String) throws -> Account? {
        try find(db, byEmailKey, emailKey)?.account
    }

    static func account(_ db: Database, id: Identifier<Account>) throws -> Account? {
        try find(db, byID, id.column)?.account
    }

    /// An account with its password hash.
    static func accountWithHash(
        _ db: Database, _ subject: AccountSubject
    ) throws -> (account: Account, passwordHash: String?)? {
        switch subject {
        case .account(let id): try find(db, byID, id.column)
        case .user(let id): try find(db, byUser, id.column)
        }
    }

    private static func find(
        _ db: Database, _ sql: String, _ key: some QueryArgument
    ) throws -> (account: Account, passwordHash: String?)? {
        var found: (account: Account, passwordHash: String?)?
        try PreparedQuery(db, sql: sql).each(key) { row in
            var (account, passwordHash) = try found ?? (account(row), row.text(11))
            if let user = try user(row, of: account) { account.users.append(user) }
            found = (account, passwordHash)
        }
        return found
    }

    /// The account of a row, without its users.
    private static func account(_ row: PreparedQuery.Row) throws -> Account {
        let id = Identifier<Account>(column: try some(row.number(0)))
        let providerName = try some(row.text(6))
        guard let provider = Account.Provider(rawValue: providerName) else {
            throw StoreError(.damaged, "account \(id) has the unknown provider \(providerName)")
        }
        return Account(
            id: id, email: EmailAddress(stored: try some(row.text(1)), key: try some(row.text(2))),
            name: try some(row.text(3)), givenName: try row.text(4), familyName: try row.text(5), provider: provider,
            state: try state(some(row.text(7)), of: "\(id)"),
            installationRoles: try RoleSet(column: some(row.number(8))),
            mustChangePassword: try some(row.number(9)) != 0, home: row.number(18).map { Identifier(column: $0) },
            createdAt: Timestamp(column: try some(row.number(10))), users: [])
    }

    /// The user of a row; `nil` where the account has none. One without a name has the account's.
    private static func user(_ row: PreparedQuery.Row, of account: Account) throws -> User? {
        guard let column = row.number(12) else { return nil }
        let id = Identifier<User>(column: column)
        return User(
            id: id, organization: Identifier(column: try some(row.number(13))), account: account.id,
            name: try row.text(14) ?? account.name, email: account.email,
            state: try state(some(row.text(15)), of: "\(id)"), roles: try RoleSet(column: some(row.number(16))),
            createdAt: Timestamp(column: try some(row.number(17))))
    }

    private static func some<Value>(_ column: Value?) throws(StoreError) -> Value {
        guard let column else { throw StoreError(.damaged, "an account lacks what each has") }
        return column
    }

    static func state(_ text: String, of owner: @autoclosure () -> String) throws(StoreError) -> Account.State {
        guard let state = Account.State(rawValue: text) else {
            throw StoreError(.damaged, "\(owner()) has the unknown state \(text)")
        }
        return state
    }
}
