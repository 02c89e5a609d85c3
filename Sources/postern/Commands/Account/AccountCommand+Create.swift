import ArgumentParser
import AuthAPI
import Identity

extension AccountCommand {
    /// `postern account create`
    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create an account and its user.",
            discussion: """
                The password is asked for on a terminal, else read as one line from standard input. An account for a \
                program needs none: with --no-password nobody can log in to it, and only its API tokens act for it.
                """)

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

        @Flag(name: .customLong("no-password"), help: "Make it without a password.")
        var hasNoPassword = false

        @OptionGroup var output: OutputOptions

        func run() throws {
            let installation = try Installation()
            let account = try CommandFailure.wrapping {
                try installation.service.createAccount(try form(installation.settings.passwordPolicy), in: organization)
            }
            try output.show(account.record) { try Terminal.print("Made the account \(account.id) (\(account.email))") }
        }

        private func form(_ policy: PasswordPolicy) throws -> RegistrationForm {
            let password = hasNoPassword ? nil : try Terminal.newPassword(of: email)
            var faults: [InputFault] = []
            let address = faults.value(of: "email") { () throws(ValueFault) in try EmailAddress(input: email) }
            if hasNoPassword {
                return try RegistrationForm(
                    withoutPassword: address, roles: roles, name: name, givenName: givenName, familyName: familyName,
                    faults: faults)
            }
            return try RegistrationForm(
                email: address, password: password, roles: roles, name: name, givenName: givenName,
                familyName: familyName, policy: policy, faults: faults)
        }
    }
}
