import ArgumentParser
import AuthAPI
import Identity

/// `postern account`
struct AccountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "Create and list accounts.", subcommands: [Create.self, List.self])

    /// `postern account create`
    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create an account and its user.",
            discussion: "The password is asked for on a terminal, else read as one line from standard input.")

        @Option(help: "The email address.")
        var email: String

        @Option(help: "Slug or identifier of the organization.")
        var organization: String

        @Option(
            name: .customLong("role"),
            help: "A role; may be given more than once. Default: \(Role.appMember.rawValue).")
        var roles: [Role] = []

        @Option(help: "The display name.")
        var name: String?

        @Option(help: "The given name.")
        var givenName: String?

        @Option(help: "The family name.")
        var familyName: String?

        @OptionGroup var output: OutputOptions

        func run() throws {
            let installation = try Installation()
            let account = try CommandFailure.wrapping {
                let form = try RegistrationForm(
                    email: email, password: try Terminal.newPassword(of: email), roles: roles.map(\.rawValue),
                    name: name, givenName: givenName, familyName: familyName,
                    policy: installation.settings.passwordPolicy)
                return try installation.service.createAccount(form, in: organization)
            }
            try output.show(account.json) { try Terminal.print("Made the account \(account.id) (\(account.email))") }
        }
    }

    /// `postern account list`
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List all accounts, the oldest first.")

        @OptionGroup var output: OutputOptions

        func run() throws {
            let installation = try Installation()
            let accounts = try CommandFailure.wrapping { try installation.store.accounts() }
            try output.show(.array(accounts.map(\.json))) {
                try Terminal.table(
                    ["ID", "EMAIL", "NAME", "STATE", "ROLES", "CREATED"],
                    accounts.map { account in
                        [
                            "\(account.id)", "\(account.email)", account.name, account.state.rawValue,
                            account.roles.names.joined(separator: ","), "\(account.createdAt)",
                        ]
                    })
            }
        }
    }
}
