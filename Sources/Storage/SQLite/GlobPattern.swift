/// Patterns for SQLite's `GLOB`. Unlike `LIKE`, which folds the case of ASCII alone, it has sets of characters.
///
///     GlobPattern.finding("Åsa*")   // *[Åå][sS][aA][*]*
enum GlobPattern {
    /// The pattern that finds a text anywhere, in either case of each letter that has a single one of both.
    static func finding(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "*") { $0 += set(of: $1) } + "*"
    }

    private static func set(of scalar: Unicode.Scalar) -> String {
        let properties = scalar.properties
        let cases = [properties.lowercaseMapping, properties.uppercaseMapping, properties.titlecaseMapping]
            .filter { $0.unicodeScalars.count == 1 && $0 != String(scalar) }
        let forms = cases.reduce(into: String(scalar)) { if !$0.contains($1) { $0 += $1 } }
        // A letter in a set, and in one also what would otherwise stand for anything.
        return forms.unicodeScalars.count > 1 || "*?[".unicodeScalars.contains(scalar) ? "[\(forms)]" : forms
    }
}
