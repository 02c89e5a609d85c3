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
