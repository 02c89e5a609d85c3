/// A piece of SQL with its values, which can be joined to others: parameters are numbered when the whole is known.
///
///     let state: SQLFragment = "state = \(Account.State.active)"
///     let query: SQLFragment = "SELECT id FROM account WHERE \(state) LIMIT \(20)"
///     query.text    // SELECT id FROM account WHERE state = $1 LIMIT $2
///
/// A value never becomes part of the text; names of tables and columns are put in with `\(raw:)`.
struct SQLFragment: ExpressibleByStringInterpolation {
    /// The text before, between and behind the values.
    private var pieces: [String]
    private(set) var values: [SQLArgument]

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var pieces = [""]
        fileprivate var values: [SQLArgument] = []

        init(literalCapacity: Int, interpolationCount: Int) {}

        mutating func appendLiteral(_ text: String) { pieces[pieces.count - 1] += text }
        mutating func appendInterpolation(raw text: String) { appendLiteral(text) }

        mutating func appendInterpolation(_ value: some SQLValue) {
            values.append(value.argument)
            pieces.append("")
        }

        mutating func appendInterpolation(_ fragment: SQLFragment) {
            pieces[pieces.count - 1] += fragment.pieces[0]
            pieces += fragment.pieces.dropFirst()
            values += fragment.values
        }
    }

    init(stringLiteral text: String) { (pieces, values) = ([text], []) }
    init(stringInterpolation: StringInterpolation) {
        (pieces, values) = (stringInterpolation.pieces, stringInterpolation.values)
    }

    /// No condition at all.
    static let none: SQLFragment = "TRUE"

    /// The text with numbered parameters.
    var text: String {
        var text = pieces[0]
        for number in 1..<pieces.count { text += "$\(number)\(pieces[number])" }
        return text
    }

    /// Both conditions.
    static func && (left: Self, right: Self) -> Self {
        if left.isNone { return right }
        return right.isNone ? left : "\(left) AND \(right)"
    }

    /// Tells that it is no condition at all.
    var isNone: Bool { values.isEmpty && pieces[0] == "TRUE" }
}

extension [SQLFragment] {
    /// All of these conditions.
    var conjunction: SQLFragment { reduce(.none) { $0 && $1 } }
}
