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

/// An account with its users, read by one statement, so that they belong together.
enum AccountRows {
    private static let select = """
        SELECT account.id, account.email, account.email_key, account.name, account.given_name, account.family_name,
            account.provider, account.state, account.roles, account.must_change_password, account.created_at,
            account.password_hash,
            user.id AS user_id, user.organization_id, user.name AS user_name, user.state AS user_state,
            user.roles AS user_roles, user.created_at AS user_created_at
        FROM account LEFT JOIN user ON user.account_id = account.id
        """

    static func account(_ db: Database, emailKey: String) throws -> Account? {
        try account(db, where: "WHERE account.email_key = ?", [emailKey])
    }

    static func account(_ db: Database, id: Identifier<Account>) throws -> Account? {
        try account(db, where: "WHERE account.id = ?", [id.column])
    }

    /// An account with its password hash.
    static func accountWithHash(
        _ db: Database, _ subject: AccountSubject
    ) throws -> (account: Account, passwordHash: String?)? {
        let rows =
            switch subject {
            case .account(let id): try rows(db, where: "WHERE account.id = ?", [id.column])
            case .user(let id):
                try rows(db, where: "WHERE account.id = (SELECT account_id FROM user WHERE id = ?)", [id.column])
            }
        guard let first = rows.first else { return nil }
        return (try account(rows[...]), first["password_hash"])
    }

    private static func account(
        _ db: Database, where condition: String, _ arguments: StatementArguments
    ) throws -> Account? {
        let rows = try rows(db, where: condition, arguments)
        return rows.isEmpty ? nil : try account(rows[...])
    }

    private static func rows(
        _ db: Database, where condition: String, _ arguments: StatementArguments
    ) throws -> [Row] {
        let statement = try db.cachedStatement(sql: "\(select) \(condition) ORDER BY user.created_at, user.id")
        return try Row.fetchAll(statement, arguments: arguments)
    }

    private static func account(_ rows: ArraySlice<Row>) throws -> Account {
        let row = rows[rows.startIndex]
        let id = Identifier<Account>(column: row["id"])
        let email = EmailAddress(stored: row["email"], key: row["email_key"])
        let name: String = row["name"]
        guard let provider = Account.Provider(rawValue: row["provider"]) else {
            throw StoreError(.damaged, "account \(id) has the unknown provider \(row["provider"] as String)")
        }
        return Account(
            id: id, email: email, name: name, givenName: row["given_name"], familyName: row["family_name"],
            provider: provider, state: try state(row["state"], of: "\(id)"),
            installationRoles: try RoleSet(column: row["roles"]), mustChangePassword: row["must_change_password"],
            createdAt: Timestamp(column: row["created_at"]),
            users: try rows.filter { $0["user_id"] != nil }.map { row in
                try user(row, of: id, name: row["user_name"] ?? name, email: email)
            })
    }

    /// A user from the columns of `user`, whose names begin with `user_` where the account has the same.
    static func user(_ row: Row, of account: Identifier<Account>, name: String, email: EmailAddress) throws -> User {
        let id = Identifier<User>(column: row["user_id"])
        return User(
            id: id, organization: Identifier(column: row["organization_id"]), account: account, name: name,
            email: email, state: try state(row["user_state"], of: "\(id)"),
            roles: try RoleSet(column: row["user_roles"]), createdAt: Timestamp(column: row["user_created_at"]))
    }

    static func state(_ text: String, of owner: String) throws -> Account.State {
        guard let state = Account.State(rawValue: text) else {
            throw StoreError(.damaged, "\(owner) has the unknown state \(text)")
        }
        return state
    }
}
