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
    ///   - page: reads a page.
    ///   - value: the item as JSON.
    func list<Item>(
        _ columns: KeyValuePairs<String, (Item) -> String>, _ page: (PageRequest) throws -> Page<Item>,
        json value: (Item) -> JSONValue
    ) throws {
        guard json else {
            var table = Table(columns.map(\.key))
            try Pages.forEach(page) { items in
                try table.print(items.map { item in columns.map { $0.value(item) } })
            }
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
