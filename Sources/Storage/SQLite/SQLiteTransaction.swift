import CSQLite

/// The shared operations' way to SQLite, where each statement runs at once.
final class SQLiteTransaction: SQLTransaction {
    typealias Dialect = SQLiteDialect

    let connection: SQLiteConnection
    /// Tells that some part of it may have changed or removed rows that a `Principal` is read from.
    private(set) var changesPrincipals = false
    private var leavesThem = false

    init(_ connection: SQLiteConnection) { self.connection = connection }

    /// Runs one write, which changes principals unless it declares that it does not.
    func part(_ body: (SQLiteTransaction) throws -> Completion<Void>) throws -> Completion<Void> {
        leavesThem = false
        defer { if !leavesThem { changesPrincipals = true } }
        return try body(self)
    }

    func leavesPrincipals() { leavesThem = true }

    func noteErasure() throws {
        try run("INSERT OR REPLACE INTO erasure (id, number) VALUES (1, random())")
    }

    @discardableResult
    func run<each Value: SQLValue>(_ sql: String, _ values: repeat each Value) throws -> SQLResult<Int> {
        SQLResult(try connection.run(sql, repeat each values))
    }

    func first<Found, each Value: SQLValue>(
        _ sql: String, _ values: repeat each Value, read: (SQLiteRow) throws -> Found
    ) throws -> SQLResult<Found?> {
        SQLResult(try connection.first(sql, repeat each values, read: read))
    }

    func all<Found, each Value: SQLValue>(
        _ sql: String, _ values: repeat each Value, read: (SQLiteRow) throws -> Found
    ) throws -> SQLResult<[Found]> {
        SQLResult(try connection.all(sql, repeat each values, read: read))
    }

    func rows<Found>(of query: SQLFragment, read: (SQLiteRow) throws -> Found) throws -> SQLResult<[Found]> {
        var found: [Found] = []
        try connection.statement(query.text).each(query.values) { row in
            found.append(try read(row))
            return true
        }
        return SQLResult(found)
    }

    func count(_ query: SQLFragment) throws -> SQLResult<(rows: Int, work: Int)> {
        let statement = try connection.statement(query.text)
        var rows = 0
        try statement.each(query.values) { row in
            rows = Int(try row.number(0))
            return false
        }
        return SQLResult((rows, statement.takeSteps()))
    }
}

/// SQLite's spelling.
enum SQLiteDialect: SQLDialect {
    static let least = "min"
    static let position = "instr"
    static let passwordLookup = PasswordQueries<Self>.lookup

    /// As the partial index on owners has it, which SQLite takes for a condition with the same words only.
    static func hasBits(_ bits: Int64, _ column: String) -> String { "\(column) & \(bits)" }

    /// By its name, so that no statistics of the database lead SQLite to another one.
    static func rows(of table: String, by index: String?) -> String {
        index.map { "\(table) INDEXED BY \($0)" } ?? "\(table) NOT INDEXED"
    }

    static func members(ofJSON value: String) -> String { "SELECT key, value FROM json_each(\(value))" }
    static func contains(_ text: String, _ column: String) -> SQLFragment {
        "\(raw: column) GLOB \(GlobPattern.finding(text))"
    }
    static func seconds(ofTime text: String) -> String { "unixepoch(\(text))" }
}
