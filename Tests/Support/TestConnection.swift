/// A connection to the database of a store past that store, as another process would have it: a test reads the
/// program's rows, and writes rows that the program never would.
///
/// Parameters of a statement are `?`; results come as texts.
///
///     let connection = try installation.connection()
///     try connection.execute("UPDATE account SET state = 'Inactive' WHERE email = ?", ["ann@example.test"])
///     #expect(try connection.number("SELECT count(*) FROM session") == 1)
public protocol TestConnection {
    /// Runs statements, one after the other.
    func execute(_ sql: String) throws

    /// Runs one statement for all of its rows.
    func rows(_ sql: String, _ values: [any CustomStringConvertible]) throws -> [[String?]]

    /// Has each insertion into a table fail.
    ///
    /// - Parameter message: the text of the failure.
    func breakInserts(into table: String, message: String) throws

    /// Ends that.
    func mendInserts(into table: String) throws

    /// Does something while this connection has a lock that holds up all writers.
    func whileLocked<Value>(_ body: () throws -> Value) throws -> Value

    /// A text that is another one after each write of anybody else.
    func version() throws -> String

    /// All bytes that are stored, as they are in the engine's files or would go into a dump.
    func everything() throws -> [UInt8]
}

extension TestConnection {
    /// Runs one statement.
    public func execute(_ sql: String, _ values: [any CustomStringConvertible]) throws { _ = try rows(sql, values) }

    /// Runs one statement without parameters for all of its rows.
    public func rows(_ sql: String) throws -> [[String?]] { try rows(sql, []) }

    /// The first column of all rows.
    public func column(_ sql: String, _ values: [any CustomStringConvertible] = []) throws -> [String] {
        try rows(sql, values).compactMap { $0.first ?? nil }
    }

    /// The first value of the first row.
    public func value(_ sql: String, _ values: [any CustomStringConvertible] = []) throws -> String? {
        try rows(sql, values).first?.first ?? nil
    }

    /// The first value of the first row as a number.
    public func number(_ sql: String, _ values: [any CustomStringConvertible] = []) throws -> Int? {
        try value(sql, values).flatMap { Int($0) }
    }
}
