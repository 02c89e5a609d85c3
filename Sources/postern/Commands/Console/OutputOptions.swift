import ArgumentParser
import AuthAPI
import Identity

/// How a command shows what it found or made.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON, for scripts.")
    var json = false

    /// Prints JSON where it was asked for, else what `text` prints.
    func show(_ value: JSONValue, text: () throws -> Void) throws {
        if json {
            try Terminal.print(value.text)
        } else {
            try text()
        }
    }

    /// Prints a list as JSON array where that was asked for, else as table, page after page.
    ///
    /// - Parameters:
    ///   - heading: the names of the columns.
    ///   - page: reads a page.
    ///   - row: the cells of an item.
    ///   - value: the item as JSON.
    func list<Item>(
        _ heading: [String], _ page: (PageRequest) throws -> Page<Item>, row: (Item) -> [String],
        json value: (Item) -> JSONValue
    ) throws {
        guard json else {
            var table = Table(heading)
            try Pages.forEach(page) { try table.print($0.map(row)) }
            return
        }
        var separator = "["
        try Pages.forEach(page) { items in
            for item in items {
                try Terminal.print(separator + value(item).text, terminator: "")
                separator = ",\n"
            }
        }
        try Terminal.print(separator == "[" ? "[]" : "]")
    }
}

extension JSONValue {
    /// The value as one line.
    var text: String { String(decoding: utf8, as: UTF8.self) }

    /// An object with the members of another behind its own.
    func with(_ more: JSONValue) -> JSONValue {
        guard case .object(let own) = self, case .object(let added) = more else { return self }
        return .object(own + added)
    }
}
