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

/// Patterns for SQLite's `GLOB`. Unlike `LIKE`, which folds the case of ASCII alone, it has sets of characters.
///
///     GlobPattern.finding("Åsa*")   // *[Åå][sS][aA][*]*
enum GlobPattern {
    /// The pattern that finds a text anywhere, in either case of each letter that has a single one of both.
    static func finding(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "*") { $0 += set(of: $1) } + "*"
    }

    private static func set(of scalar: Unicode.Scalar) -> String {
        let forms = scalar.caseForms
        // A letter in a set, and in one also what would otherwise stand for anything.
        return forms.count > 1 || "*?[".unicodeScalars.contains(scalar) ? "[\(String(forms))]" : String(forms)
    }
}
