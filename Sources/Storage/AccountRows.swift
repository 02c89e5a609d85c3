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

/// Accounts with their users, read by one statement, so that they belong together.
enum AccountRows {
    private static let select = """
        SELECT account.id, account.email, account.email_key, account.name, account.given_name, account.family_name,
            account.provider, account.state, account.roles, account.created_at,
            user.id AS user_id, user.organization_id, user.name AS user_name, user.state AS user_state,
            user.roles AS user_roles, user.created_at AS user_created_at
        FROM account LEFT JOIN user ON user.account_id = account.id
        """
    private static let order = "ORDER BY account.created_at, account.id, user.created_at, user.id"

    static func account(_ db: Database, emailKey: String) throws -> Account? {
        try accounts(db, where: "WHERE account.email_key = ?", [emailKey]).first
    }

    static func account(_ db: Database, id: Identifier<Account>) throws -> Account? {
        try accounts(db, where: "WHERE account.id = ?", [id.column]).first
    }

    static func all(_ db: Database) throws -> [Account] {
        try accounts(db, where: "", [])
    }

    private static func accounts(
        _ db: Database, where condition: String, _ arguments: StatementArguments
    ) throws -> [Account] {
        let statement = try db.cachedStatement(sql: "\(select) \(condition) \(order)")
        let rows = try Row.fetchAll(statement, arguments: arguments)
        var accounts: [Account] = []
        var start = rows.startIndex
        while start < rows.endIndex {
            let id: Int64 = rows[start]["id"]
            let end = rows[start...].firstIndex { $0["id"] as Int64 != id } ?? rows.endIndex
            accounts.append(try account(rows[start..<end]))
            start = end
        }
        return accounts
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
            installationRoles: try RoleSet(column: row["roles"]), createdAt: Timestamp(column: row["created_at"]),
            users: try rows.filter { $0["user_id"] != nil }.map { row in
                let userID = Identifier<User>(column: row["user_id"])
                return User(
                    id: userID, organization: Identifier(column: row["organization_id"]), account: id,
                    name: row["user_name"] ?? name, email: email, state: try state(row["user_state"], of: "\(userID)"),
                    roles: try RoleSet(column: row["user_roles"]), createdAt: Timestamp(column: row["user_created_at"]))
            })
    }

    static func state(_ text: String, of owner: String) throws -> Account.State {
        guard let state = Account.State(rawValue: text) else {
            throw StoreError(.damaged, "\(owner) has the unknown state \(text)")
        }
        return state
    }
}
