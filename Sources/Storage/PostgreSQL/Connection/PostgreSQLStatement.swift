/// A statement for PostgreSQL, with the values of its parameters.
///
/// ```swift
/// PostgreSQLStatement("SELECT state FROM account WHERE id = $1", [.integer(7)])
/// PostgreSQLStatement("SELECT id FROM session WHERE id = ANY($1)", parameters: [.blobs(hashes)])
/// ```
struct PostgreSQLStatement {
    /// The text, with parameters `$1`, `$2` and so on.
    let sql: String
    /// The values.
    let values: [PostgreSQLParameter]

    /// A statement with values as every engine has them.
    init(_ sql: String, _ values: [SQLArgument] = []) {
        self.init(sql, parameters: values.map(PostgreSQLParameter.init))
    }

    /// A statement with values in PostgreSQL's own types.
    init(_ sql: String, parameters: [PostgreSQLParameter]) {
        self.sql = sql
        values = parameters
    }
}

/// The value of a parameter. It goes out in binary, as one of few types, so that a text always means the same.
enum PostgreSQLParameter: Equatable {
    /// NULL, of the type that the server infers.
    case null
    /// A `bigint`.
    case integer(Int64)
    /// A `text`.
    case text(String)
    /// A `bytea`.
    case bytes([UInt8])
    /// A `bigint[]`.
    case integers([Int64?])
    /// A `text[]`.
    case texts([String?])
    /// A `bytea[]`.
    case blobs([[UInt8]?])

    init(_ argument: SQLArgument) {
        self =
            switch argument {
            case .null: .null
            case .integer(let number): .integer(number)
            case .text(let text): .text(text)
            case .bytes(let bytes): .bytes(bytes)
            }
    }

    /// The number of the type in PostgreSQL's catalogue; 0 has the server infer it from the place of the parameter.
    ///
    /// Only NULL is left to it: for `$1 + 1` it would infer an `integer` of 32 bits.
    var type: UInt32 {
        switch self {
        case .null: 0
        case .integer: PostgreSQLType.int8
        case .text: PostgreSQLType.text
        case .bytes: PostgreSQLType.bytea
        case .integers: 1016
        case .texts: 1009
        case .blobs: 1001
        }
    }

    /// The number of the type among those that there are, from 0 to 6.
    var typeIndex: UInt128 {
        switch self {
        case .null: 0
        case .integer: 1
        case .text: 2
        case .bytes: 3
        case .integers: 4
        case .texts: 5
        case .blobs: 6
        }
    }
}

/// The numbers of the types of results, from PostgreSQL's catalogue (`pg_type.dat`), in which they never change.
enum PostgreSQLType {
    static let bool: UInt32 = 16
    static let bytea: UInt32 = 17
    /// `"char"`, of one byte, as catalogues have it.
    static let char: UInt32 = 18
    static let name: UInt32 = 19
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int4: UInt32 = 23
    static let text: UInt32 = 25
    static let oid: UInt32 = 26
    static let json: UInt32 = 114
    static let bpchar: UInt32 = 1042
    static let varchar: UInt32 = 1043
    /// The number of a transaction, of 64 bits.
    static let xid8: UInt32 = 5069
}
