import ArgumentParser
import AuthAPI
import Identity

extension AccountCommand {
    /// `postern account list`
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List accounts, the oldest first.")

        @Option(help: "Only those of the organization with this slug or identifier.")
        var organization: String?

        @Option(help: "Only those in this state.")
        var state: Account.State?

        @OptionGroup var output: OutputOptions

        func run() throws {
            let installation = try Installation()
            let filter = AccountFilter(
                organization: try organization.map { try installation.organization($0).id }, state: state)
            try output.list(
                ["ID", "EMAIL", "NAME", "STATE", "ROLES", "CREATED"],
                { try installation.service.accounts(filter, $0, by: .operator) },
                row: { account in
                    [
                        "\(account.id)", "\(account.email)", account.name, account.state.rawValue,
                        account.roles.names.joined(separator: ","), "\(account.createdAt)",
                    ]
                }, json: \.record)
        }
    }

    /// `postern account show`
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show an account and its users.")

        @OptionGroup var subject: AccountArgument

        @OptionGroup var output: OutputOptions

        func run() throws {
            let account = try Installation().account(subject.account)
            try output.show(account.record) {
                try Table.print(fields: [
                    ("id", "\(account.id)"), ("email", "\(account.email)"), ("name", account.name),
                    ("given name", account.givenName ?? "-"), ("family name", account.familyName ?? "-"),
                    ("provider", account.provider.rawValue), ("state", account.state.rawValue),
                    ("installation", account.installationRoles.names.joined(separator: ",").orDash),
                    ("password", account.mustChangePassword ? "must be changed at the next login" : "set"),
                    ("home", account.home.map { "\($0)" } ?? "-"), ("created", "\(account.createdAt)"),
                ])
                try Terminal.print("")
                var users = Table(["USER", "ORGANIZATION", "NAME", "STATE", "ROLES", "CREATED"])
                try users.print(
                    account.users.map { user in
                        [
                            "\(user.id)", "\(user.organization)", user.name, user.state.rawValue,
                            user.roles.names.joined(separator: ","), "\(user.createdAt)",
                        ]
                    })
            }
        }
    }
}
