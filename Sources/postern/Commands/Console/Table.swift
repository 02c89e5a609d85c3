/// A table for people, with a heading. It is printed in parts, so that a long one is never in memory as a whole.
///
/// ```swift
/// var table = Table(["ID", "NAME"])
/// try table.print([["org_1", "Aurora Labs"]])
/// ```
struct Table {
    private let heading: [String]
    private var widths: [Int]
    private var hasHeading = false

    /// - Parameter heading: the names of the columns.
    init(_ heading: [String]) {
        self.heading = heading
        widths = heading.map(\.count)
    }

    /// Prints rows, the first time with the heading. Each column is as wide as its widest cell so far.
    mutating func print(_ rows: [[String]]) throws(CommandFailure) {
        var rows = rows.map { $0.map(Self.printable) }
        if !hasHeading { rows.insert(heading, at: 0) }
        hasHeading = true
        for column in widths.indices {
            widths[column] = rows.reduce(widths[column]) { max($0, $1[column].count) }
        }
        try Terminal.print(rows.map { line($0) + "\n" }.joined(), terminator: "")
    }

    private func line(_ row: [String]) -> String {
        let last = row.lastIndex { !$0.isEmpty } ?? 0
        return zip(row[...last], widths).enumerated().map { column, cell in
            column == last ? cell.0 : cell.0 + String(repeating: " ", count: cell.1 - cell.0.count)
        }.joined(separator: "  ")
    }

    /// Prints names and values, one pair to a line.
    static func print(fields: [(name: String, value: String)]) throws(CommandFailure) {
        let width = fields.map(\.name.count).max() ?? 0
        for (name, value) in fields {
            let space = String(repeating: " ", count: width - name.count)
            try Terminal.print("\(name)\(space)  \(printable(value))")
        }
    }

    /// A text without control characters, which a terminal would obey: clients choose some texts, such as the user
    /// agent.
    private static func printable(_ text: String) -> String {
        var printable = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: printable.append("\u{FFFD}")
            default: printable.append(scalar.properties.isBidiControl ? "\u{FFFD}" : scalar)
            }
        }
        return String(printable)
    }
}

extension String {
    /// The text, or a dash if it is empty, as a table shows it.
    var orDash: String { isEmpty ? "-" : self }
}
