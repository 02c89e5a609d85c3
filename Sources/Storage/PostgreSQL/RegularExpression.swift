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
