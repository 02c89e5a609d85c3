import ArgumentParser
import AuthAPI

/// How a command shows what it found or made.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON, for scripts.")
    var json = false

    /// Prints JSON where it was asked for, else what `text` prints.
    func show(_ value: JSONValue, text: () throws -> Void) throws {
        if json {
            try Terminal.print(String(decoding: value.utf8, as: UTF8.self))
        } else {
            try text()
        }
    }
}
