import ArgumentParser
import AuthAPI
import Identity
import JSON

/// `postern account`
struct AccountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "Create, import, list, change and erase accounts.",
        subcommands: [
            Create.self, Import.self, List.self, Show.self, Update.self, ResetPassword.self, FactorCommand.self,
            Erase.self,
        ])
}

extension Account {
    /// The account with every member that an operator may see.
    var record: JSONValue {
        json.with([
            "state": .string(state.rawValue), "must_change_password": .bool(mustChangePassword),
            "home": .string(orNull: home?.description), "created_at": .string("\(createdAt)"),
            "external_id": .string(orNull: externalID),
        ])
    }
}
