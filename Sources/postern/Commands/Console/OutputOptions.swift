import ArgumentParser
import AuthAPI
import Identity
import JSON

/// A command on an installation, which it opens before it runs.
protocol InstallationCommand: ParsableCommand {
    func run(_ installation: Installation) throws
}

extension InstallationCommand {
    func run() throws { try run(Installation()) }
}

/// The form of a command's output.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON, for scripts.")
    var json = false

    /// Prints JSON if it was asked for, otherwise the text that `text` prints.
    func show(_ value: JSONValue, text: () throws -> Void) throws {
        if json {
            try Terminal.print(value.text)
        } else {
            try text()
        }
    }

    /// Prints a list page by page, as a JSON array if that was asked for, otherwise as a table.
    ///
    /// ```swift
    /// try output.list(["ID": { "\($0.id)" }, "NAME": \.name], { try service.accounts(filter, $0) }, json: \.json)
    /// ```
    ///
    /// - Parameters:
    ///   - columns: the headings, each with the text of its cell.
    ///   - limit: the most items that are printed; `nil` for all.
    ///   - page: reads a page.
    ///   - value: the item as JSON.
    func list<Item>(
        _ columns: KeyValuePairs<String, (Item) -> String>, limit: Int? = nil,
        _ page: (PageRequest) throws -> Page<Item>, json value: @escaping (Item) -> JSONValue
    ) throws {
        try list(columns, parts: { try Pages.forEach(limit: limit, page, $0) }, json: value)
    }

    /// Prints a list part by part, as a JSON array if that was asked for, otherwise as a table.
    ///
    /// - Parameter parts: calls its argument with each part, and at least once.
    func list<Item>(
        _ columns: KeyValuePairs<String, (Item) -> String>, parts: (([Item]) throws -> Void) throws -> Void,
        json value: @escaping (Item) -> JSONValue
    ) throws {
        guard json else {
            var table = Table(columns.map(\.key))
            try parts { items in
                try table.print(items.map { item in columns.map { $0.value(item) } })
            }
            return
        }
        var separator = "["
        try parts { items in
            for item in items {
                try Terminal.print(separator + value(item).text, terminator: "")
                separator = ",\n"
            }
        }
        try Terminal.print(separator == "[" ? "[]" : "]")
    }
}

/// The length of a list.
struct LimitOption: ParsableArguments {
    @Option(help: "The most entries to list, 1 or more. Default: all.")
    var limit: Int?

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("Give --limit a number from 1 on.") }
    }
}

/// The confirmation of a command that cannot be undone.
struct ConfirmationOptions: ParsableArguments {
    @Flag(help: "Do not ask for confirmation.")
    var yes = false

    /// Asks on a terminal, unless `--yes` was given.
    ///
    /// - Throws: if the answer is not yes, or there is no terminal.
    func confirm(_ question: String) throws {
        if yes { return }
        guard Terminal.canAsk else { throw ValidationError("This cannot be undone: give --yes.") }
        guard Terminal.isYes(question) else { throw CommandFailure(.dataError, "nothing was done") }
    }
}

extension JSONValue {
    /// The value as one line.
    var text: String { String(decoding: utf8, as: UTF8.self) }
}

extension Int {
    /// The number with a noun: `1 session`, `2 sessions`.
    func of(_ singular: String, _ plural: String) -> String { "\(self) \(self == 1 ? singular : plural)" }
}
