import Foundation

/// Rows in columns under a heading, for people; printed in parts, so that a long one is never held as a whole.
struct Table {
    private let heading: [String]
    private var widths: [Int]
    private var hasHeading = false

    /// Makes a table with the names of its columns.
    init(_ heading: [String]) {
        self.heading = heading
        widths = heading.map(\.count)
    }

    /// Prints rows, the first time under the heading. The columns are as wide as what has been printed so far.
    mutating func print(_ rows: [[String]]) throws(CommandFailure) {
        var rows = rows.map { $0.map(Self.printable) }
        if !hasHeading { rows.insert(heading, at: 0) }
        hasHeading = true
        for column in widths.indices {
            widths[column] = rows.reduce(widths[column]) { max($0, $1[column].count) }
        }
        let lines = rows.map { row in
            zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
                .joined(separator: "  ").trimmingCharacters(in: .whitespaces) + "\n"
        }
        try Terminal.print(lines.joined(), terminator: "")
    }

    /// Prints names and values, one pair a line.
    static func print(fields: [(name: String, value: String)]) throws(CommandFailure) {
        let width = fields.map(\.name.count).max() ?? 0
        for (name, value) in fields {
            let space = String(repeating: " ", count: width - name.count)
            try Terminal.print("\(name)\(space)  \(printable(value))")
        }
    }

    /// A text without what a terminal would obey: clients choose some of them, such as the user agent.
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
    /// The text, or a dash where it is empty: what a table shows.
    var orDash: String { isEmpty ? "-" : self }
}
