import ArgumentParser
import AuthAPI
import Identity
import JSON

/// `postern user`
struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Manage the users of an organization: the accounts in it, and their roles there.",
        subcommands: [List.self, Show.self, Add.self, Update.self, Activate.self, Deactivate.self, Remove.self])

    /// `postern user list`
    struct List: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the users of an organization, in the order in which they joined it.")

        @OptionGroup var place: OrganizationOption

        @OptionGroup var output: OutputOptions

        func run(_ installation: Installation) throws {
            let caller = try installation.caller(in: place.organization)
            try output.list(
                [
                    "ID": { "\($0.id)" }, "ACCOUNT": { "\($0.account)" }, "EMAIL": { "\($0.email)" }, "NAME": \.name,
                    "STATE": \.state.rawValue, "ROLES": { $0.roles.names.joined(separator: ",") },
                    "CREATED": { "\($0.createdAt)" },
                ],
                { try installation.service.users($0, by: caller) }, json: \.json)
        }
    }

    /// `postern user show`
    struct Show: InstallationCommand {
        static let configuration = CommandConfiguration(abstract: "Show a user.")

        @OptionGroup var subject: UserArgument

        @OptionGroup var output: OutputOptions

        func run(_ installation: Installation) throws {
            let (user, _) = try subject.find(installation)
            try output.show(user.json) {
                try Table.print(fields: [
                    ("id", "\(user.id)"), ("organization", "\(user.organization)"), ("account", "\(user.account)"),
                    ("email", "\(user.email)"), ("name", user.name), ("state", user.state.rawValue),
                    ("roles", user.roles.names.joined(separator: ",")), ("created", "\(user.createdAt)"),
                ])
            }
        }
    }
}

extension User {
    /// Identity, state and roles, as one line.
    var standing: String {
        "\(id) (\(email)): \(state.rawValue), \(roles.names.joined(separator: " "))"
    }
}
