import ArgumentParser

/// `postern password`
struct PasswordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "password", abstract: "Prepare what new passwords are checked against.",
        subcommands: [BuildBreached.self])
}
