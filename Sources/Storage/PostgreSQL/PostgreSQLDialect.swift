/// PostgreSQL's spelling.
///
/// Every text is prepared once per connection, and PostgreSQL infers the types of its parameters then: so a parameter
/// stands beside a column, or in a CAST, and never beside a bare number, which would make it an INTEGER of 32 bits.
enum PostgreSQLDialect: SQLDialect {
    static let least = "least"
    static let position = "strpos"
    static let forShare = "FOR SHARE"
    static let skippingLocked = "FOR UPDATE SKIP LOCKED"
    static let passwordLookup = PasswordQueries<Self>.lookup
    static let auditInsertion = AuditQueries<Self>.insertion
    /// The indexes end with the keys of the lists' order, so that one range of one of them is enough.
    static let mergesIndexRanges = false
    static let comparesRows = true

    static func hasBits(_ bits: Int64, _ column: String) -> String { "(\(column) & \(bits)) <> 0" }
    static func isSet(_ column: String) -> String { "\(column) <> 0" }
    /// The planner chooses, by its statistics.
    static func rows(of table: String, by index: String?) -> String { table }

    static func unlocked(_ table: String, _ condition: String) -> String {
        "id IN (SELECT id FROM \(table) WHERE \(condition) \(skippingLocked))"
    }

    static func joinedMembers(ofJSON value: String) -> String {
        "LEFT JOIN LATERAL json_each_text(CAST(\(value) AS json)) AS member (key, value) ON TRUE"
    }

    static func isBeyondASCII(_ column: String) -> String { "octet_length(\(column)) <> char_length(\(column))" }
    static func contains(_ text: String, _ column: String) -> SQLFragment {
        "\(raw: column) ~ \(RegularExpression.finding(text))"
    }

    static let auditPlace = "sequence, time"

    /// The microsecond of the insertion and ten random bits, so that responders share no counter. The time is the
    /// second of the same clock, unless the entry is of another time altogether: responders' own clocks would put
    /// entries in the wrong order.
    ///
    /// An entry that is more than a minute off keeps its own time, since it has one on purpose: a copy brings entries
    /// of years ago, and tests run by a clock that stands still. So a responder whose clock is wrong by more writes its
    /// wrong time; `postern check` warns of such a clock. The place is by the server's clock all the same.
    static func auditPlace(of time: String) -> String {
        """
        clock.microseconds << 10 | CAST(floor(random() * 1024) AS BIGINT),
            CASE WHEN abs(\(time) - clock.microseconds / 1000000) <= 60 THEN clock.microseconds / 1000000
                ELSE \(time) END
        """
    }

    /// The clock is read once for both: a volatile function in a FROM clause is not repeated.
    static func auditRow(_ values: String) -> String {
        """
        SELECT \(values)
        FROM (SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS microseconds) AS clock
        """
    }
}

/// Expressions for PostgreSQL's `~` ("Regular Expression Details"), whose sets of characters find the same as SQLite's:
/// `ILIKE` and `lower` fold by the locale of the database.
///
///     RegularExpression.finding("Åsa*")   // [Åå][sS][aA]\*
enum RegularExpression {
    /// The expression that finds a text anywhere, in either case of each letter that has a single one of both.
    static func finding(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "***:") { $0 += set(of: $1) }
    }

    private static func set(of scalar: Unicode.Scalar) -> String {
        let forms = scalar.caseForms
        if forms.count > 1 { return "[\(String(forms))]" }
        // A backslash before anything but letters and digits takes its meaning away.
        return scalar.isASCII && !scalar.properties.isAlphabetic && !(48...57).contains(scalar.value)
            ? "\\\(scalar)" : String(scalar)
    }
}
