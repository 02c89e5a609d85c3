import ArgumentParser
import AuthAPI
import Identity

/// `postern user`
struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Manage the users of an organization: which accounts belong to it, and as what.",
        subcommands: [List.self, Show.self, Add.self, Update.self, Activate.self, Deactivate.self, Remove.self])

    /// `postern user list`
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the users of an organization, in the order in which they joined it.")

        @OptionGroup var place: OrganizationOption

        @OptionGroup var output: OutputOptions

        func run() throws {
            let installation = try Installation()
            let caller = try installation.caller(in: place.organization)
            try output.list(
                ["ID", "ACCOUNT", "EMAIL", "NAME", "STATE", "ROLES", "CREATED"],
                { try installation.service.users($0, by: caller) },
                row: { user in
                    [
                        "\(user.id)", "\(user.account)", "\(user.email)", user.name, user.state.rawValue,
                        user.roles.names.joined(separator: ","), "\(user.createdAt)",
                    ]
                }, json: \.json)
        }
    }

    /// `postern user show`
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a user.")

        @OptionGroup var subject: UserArgument

        @OptionGroup var output: OutputOptions

        func run() throws {
            let (user, _) = try subject.find(Installation())
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

/// The organization in which a command acts.
struct OrganizationOption: ParsableArguments {
    @Option(help: "Slug or identifier of the organization.")
    var organization: String
}

/// The user that a command is about.
struct UserArgument: ParsableArguments {
    @Argument(help: "The user's identifier (user_…), or its account's email address or identifier.")
    var user: String

    @OptionGroup var place: OrganizationOption

    /// Finds the user, and who acts on it.
    func find(_ installation: Installation) throws(CommandFailure) -> (user: User, caller: Caller) {
        let organization = try installation.organization(place.organization)
        let caller = Caller(.operator(in: organization.id))
        if let id = Identifier<User>(user) {
            return (try CommandFailure.wrapping { try installation.service.user(id, by: caller) }, caller)
        }
        let account = try installation.account(user)
        guard let user = account.user(in: organization.id) else {
            throw CommandFailure(.noUser, "\(account.email) is no member of \(organization.slug)")
        }
        return (user, caller)
    }
}

extension User {
    /// Who it is and what it may do, in words.
    var standing: String {
        "\(id) (\(email)): \(state.rawValue), \(roles.names.joined(separator: " "))"
    }
}
