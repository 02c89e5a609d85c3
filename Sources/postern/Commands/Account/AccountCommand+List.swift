import ArgumentParser
import AuthAPI
import Identity

extension AccountCommand {
    /// `postern account list`
    struct List: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "List accounts, oldest first.",
            discussion: """
                Examples:
                  postern account list --search miller
                  postern account list --organization example --state Inactive --limit 20

                A search looks at each account until the list is full: some seconds for a million of them.
                """)

        @Option(help: "Only those of the organization with this slug or identifier.")
        var organization: String?

        @Option(help: "Only those in this state.")
        var state: Account.State?

        @Option(help: "Only those whose email address or name contains this text, in either case of its letters.")
        var search: String?

        @OptionGroup var length: LimitOption

        @OptionGroup var output: OutputOptions

        func run(_ installation: Installation) throws {
            var faults: [InputFault] = []
            let search = search.flatMap { text in
                faults.value(of: "search") { () throws(ValueFault) in try AccountSearch(input: text) }
            }
            guard faults.isEmpty else { throw AuthenticationError.invalidInput(faults) }
            let filter = AccountFilter(
                organization: try organization.map { try installation.organization($0).id }, state: state,
                search: search)
            try output.list(
                [
                    "ID": { "\($0.id)" }, "EMAIL": { "\($0.email)" }, "NAME": \.name, "STATE": \.state.rawValue,
                    "ROLES": { $0.roles.names.joined(separator: ",") }, "CREATED": { "\($0.createdAt)" },
                ],
                limit: length.limit, { try installation.service.accounts(filter, $0, by: .operator) }, json: \.record)
        }
    }

    /// `postern account show`
    struct Show: InstallationCommand {
        static let configuration = CommandConfiguration(abstract: "Show an account and its users.")

        @OptionGroup var subject: AccountArgument

        @OptionGroup var output: OutputOptions

        func run(_ installation: Installation) throws {
            let account = try installation.account(subject.account)
            try output.show(account.record) { try account.print() }
        }
    }
}

extension Account {
    /// Prints every field and the users, for people.
    fileprivate func print() throws(CommandFailure) {
        try Table.print(fields: [
            ("id", "\(id)"), ("email", "\(email)"), ("name", name), ("given name", givenName ?? "-"),
            ("family name", familyName ?? "-"), ("provider", provider.rawValue), ("state", state.rawValue),
            ("installation", installationRoles.names.joined(separator: ",").orDash),
            ("password", mustChangePassword ? "must be changed at the next login" : "set"),
            ("home", home.map { "\($0)" } ?? "-"), ("created", "\(createdAt)"),
        ])
        try Terminal.print("")
        var table = Table(["USER", "ORGANIZATION", "NAME", "STATE", "ROLES", "CREATED"])
        try table.print(
            users.map { user in
                [
                    "\(user.id)", "\(user.organization)", user.name, user.state.rawValue,
                    user.roles.names.joined(separator: ","), "\(user.createdAt)",
                ]
            })
    }
}
