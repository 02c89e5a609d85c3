import ArgumentParser
import JSON

/// The names of commands, as a command line has them.
enum CommandNames {
    /// The command that the parser brings.
    private static let help = "help"

    /// A word that names no command, and the command before it, whose usage tells the right ones.
    struct Fault {
        let message: String
        let command: any ParsableCommand.Type
    }

    /// The fault of the first word that should name a command and names none.
    ///
    /// ```swift
    /// CommandNames.fault(in: ["account", "lst"], of: Postern.self)?.message
    /// // postern account has no command lst: did you mean list?
    /// ```
    ///
    /// - Returns: `nil` if each word is one, or an option stands in its place.
    static func fault(in arguments: some Collection<String>, of root: any ParsableCommand.Type) -> Fault? {
        var (command, words) = (root, [root._commandName])
        for word in arguments {
            let choices = command.configuration.subcommands
            guard !choices.isEmpty, !word.hasPrefix("-"), word != help else { return nil }
            guard let next = choices.first(where: { $0._commandName == word }) else {
                let names = choices.map { $0._commandName }
                let remedy = NearestName.of(word, among: names).map { "did you mean \($0)?" }
                return Fault(
                    message: "\(words.joined(separator: " ")) has no command \(JSONString.printable(word)): "
                        + (remedy ?? "the commands are \(names.joined(separator: ", "))"),
                    command: command)
            }
            (command, words) = (next, words + [word])
        }
        return nil
    }
}
