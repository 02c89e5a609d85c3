/// SQLite's spelling.
enum SQLiteDialect: SQLDialect {
    static let least = "min"
    static let position = "instr"
    // One transaction writes at a time.
    static let forShare = ""
    static let skippingLocked = ""
    static let passwordLookup = PasswordQueries<Self>.lookup
    static let auditInsertion = AuditQueries<Self>.insertion
    static let mergesIndexRanges = true
    static let comparesRows = false
    /// The sequence counts by itself.
    static let auditPlace = "time"

    /// As the partial index on owners has it, which SQLite takes for a condition with the same words only.
    static func hasBits(_ bits: Int64, _ column: String) -> String { "\(column) & \(bits)" }
    /// As the partial index on users of inactive accounts has it.
    static func isSet(_ column: String) -> String { column }

    /// By its name, so that no statistics of the database lead SQLite to another one.
    static func rows(of table: String, by index: String?) -> String {
        index.map { "\(table) INDEXED BY \($0)" } ?? "\(table) NOT INDEXED"
    }

    static func unlocked(_ table: String, _ condition: String) -> String { condition }
    static func joinedMembers(ofJSON value: String) -> String { "LEFT JOIN json_each(\(value)) AS member" }
    static func isBeyondASCII(_ column: String) -> String { "\(column) GLOB '*[^ -~]*'" }
    static func contains(_ text: String, _ column: String) -> SQLFragment {
        "\(raw: column) GLOB \(GlobPattern.finding(text))"
    }

    static func auditPlace(of time: String) -> String { time }
    static func auditRow(_ values: String) -> String { "VALUES (\(values))" }
}
