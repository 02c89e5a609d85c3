import ArgumentParser
import AuthAPI
import Identity
import JSON

/// `postern account`
struct AccountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "Create, import, list, change and erase accounts.",
        subcommands: [
            Create.self, Import.self, List.self, Show.self, Update.self, ResetPassword.self, Erase.self,
        ])
}

/// The account that a command is about.
struct AccountArgument: ParsableArguments {
    @Argument(help: "The account's email address or identifier (acct_…).")
    var account: String
}

extension Account {
    /// The account with all that an operator may know of it.
    var record: JSONValue {
        json.with([
            "state": .string(state.rawValue), "must_change_password": .bool(mustChangePassword),
            "home": .string(orNull: home?.description), "created_at": .string("\(createdAt)"),
        ])
    }

    /// State and roles, in words.
    var standing: String {
        "\(state.rawValue), \(roles.names.joined(separator: " "))"
    }
}
