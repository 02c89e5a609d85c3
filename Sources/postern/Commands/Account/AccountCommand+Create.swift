import ArgumentParser
import AuthAPI
import Identity

extension AccountCommand {
    /// `postern account create`
    struct Create: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create an account and its user.",
            discussion: """
                The password is asked for on a terminal, otherwise read as one line from standard input. An account \
                for a program needs none: with --no-password nobody can log in to it, and only its API tokens act for \
                it.

                Examples:
                  postern account create --email ann@example.org --organization example --name "Ann Miller"
                  postern account create --email app@example.org --organization example --role AppAdmin --no-password
                """)

        @Option(help: "The email address.")
        var email: String

        @OptionGroup var place: OrganizationOption

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

        @Flag(name: .customLong("no-password"), help: "Create it without a password.")
        var hasNoPassword = false

        @OptionGroup var output: OutputOptions

        func run(_ installation: Installation) throws {
            let account = try installation.service.createAccount(
                try form(installation.settings.passwordPolicy), in: place.organization)
            try output.show(account.record) {
                try Terminal.print("Created the account \(account.id) (\(account.email))")
            }
        }

        private func form(_ policy: PasswordPolicy) throws -> RegistrationForm {
            var faults: [InputFault] = []
            let address = faults.emailAddress(email)
            if hasNoPassword {
                return try RegistrationForm(
                    withoutPassword: address, roles: roles, name: name, givenName: givenName, familyName: familyName,
                    faults: faults)
            }
            return try RegistrationForm(
                email: address, password: try Terminal.newPassword(of: email), roles: roles, name: name,
                givenName: givenName, familyName: familyName, policy: policy, faults: faults)
        }
    }
}
