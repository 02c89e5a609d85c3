/// A table that a copy takes over: its columns, and the key by whose order its rows are read and written.
///
/// The order of the keys is the same in every engine: numbers, and bytes compared as unsigned ones.
struct CopiedTable {
    /// The types of columns.
    enum ColumnType: String {
        case integer = "bigint"
        case text
        case bytes = "bytea"
    }

    let name: String
    let columns: [(name: String, type: ColumnType)]
    /// The columns of the key, the first ones of `columns`.
    let keyCount: Int

    /// The number of rows that one statement reads or writes: 2,000 accounts are 0.5 MB.
    static let batchSize = 2000

    /// The name as statements write it.
    var sqlName: String { name == "user" ? "\"user\"" : name }

    var keyNames: [String] { columns.prefix(keyCount).map(\.name) }

    init(_ name: String, key keyCount: Int = 1, _ columns: KeyValuePairs<String, ColumnType>) {
        self.name = name
        self.keyCount = keyCount
        self.columns = columns.map { ($0, $1) }
    }

    /// All tables with rows of an installation. One that refers to another comes after it.
    static let all =
        [
            CopiedTable(
                "organization",
                [
                    "id": .integer, "slug": .text, "name": .text, "created_at": .integer, "display_name": .text,
                    "auto_join": .integer, "default_roles": .integer, "email_regex": .text, "second_factor": .integer,
                ]),
            CopiedTable(
                "account",
                [
                    "id": .integer, "email": .text, "email_key": .text, "name": .text, "given_name": .text,
                    "family_name": .text, "provider": .text, "state": .text, "roles": .integer, "password_hash": .text,
                    "created_at": .integer, "must_change_password": .integer, "home_id": .integer, "external_id": .text,
                    "factors": .integer, "last_factor": .integer, "user_handle": .bytes,
                ]),
            CopiedTable(
                "user",
                [
                    "id": .integer, "account_id": .integer, "organization_id": .integer, "name": .text, "state": .text,
                    "roles": .integer, "created_at": .integer, "account_is_inactive": .integer,
                ]),
            CopiedTable(
                "session",
                [
                    "id": .integer, "token_hash": .bytes, "account_id": .integer, "created_at": .integer,
                    "expires_at": .integer, "address": .text, "user_agent": .text, "last_seen": .integer,
                    "methods": .integer, "authenticated_at": .integer, "second_factor_at": .integer,
                ]),
            CopiedTable(
                "api_token",
                [
                    "id": .integer, "token_hash": .bytes, "name": .text, "account_id": .integer,
                    "organization_id": .integer, "scopes": .text, "created_at": .integer, "valid_until": .integer,
                    "last_used_at": .integer, "role_ceiling": .integer,
                ]),
            // In the order of its partitions.
            CopiedTable(
                "audit_event", key: 2,
                [
                    "time": .integer, "sequence": .integer, "id": .integer, "kind": .text, "actor_id": .integer,
                    "credential": .text, "credential_id": .integer, "account_id": .integer, "target": .text,
                    "organization_id": .integer, "address": .text, "request_id": .text, "details": .text,
                ]),
            CopiedTable(
                "throttle",
                [
                    "key": .bytes, "attempts": .integer, "since": .integer, "blocked_until": .integer,
                    "expires_at": .integer,
                ]),
            CopiedTable("secret", ["name": .text, "key_id": .integer, "sealed": .bytes]),
        ] + secondFactors
}
