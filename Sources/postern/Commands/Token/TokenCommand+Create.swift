import ArgumentParser
import AuthAPI
import Identity

extension TokenCommand {
    /// `postern token create`
    struct Create: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create an API token, and print it once.",
            discussion: """
                The token is printed to standard output; the note about it to standard error.

                Example, for a program that registers people and logs them in:
                  postern token create --account app@example.org --name app --scope register --scope login \
                --scope client-address --role-ceiling AppAdmin --valid-for 365d
                """)

        @Option(help: "Email address or identifier of the account for which the token acts, with its roles.")
        var account: String

        @Option(help: "The purpose of the token.")
        var name: String

        @Option(
            name: .customLong("scope"),
            help: "A scope, a use that the token permits; may be given more than once.")
        var scopes: [Scope]

        @Option(
            help: """
                The highest role of the account that the token has; one in an organization excludes those on the \
                installation. Default: \(Role.appMember.rawValue), with \(Scope.accountsWrite.rawValue) \
                \(Role.appAdmin.rawValue), with \(Scope.admin.rawValue) the account's highest.
                """)
        var roleCeiling: Role?

        @Option(help: "Slug or identifier of the organization in which the token acts. Default: the account's oldest.")
        var organization: String?

        @Option(
            help: """
                The end of its validity: 2027-01-31, or a moment as 2027-01-31T12:00:00+01:00. Default: none, or the \
                latest that \(Settings.tokenMaximumLifetime.key) allows.
                """)
        var validUntil: Timestamp?

        @Option(help: "The time for which it is valid, as 90d or 12h, in place of --valid-until.")
        var validFor: TimeSpan?

        @Flag(help: "Revoke all other tokens of the account in the organization.")
        var revokeExisting = false

        @OptionGroup var output: OutputOptions

        func validate() throws {
            if validUntil != nil && validFor != nil {
                throw ValidationError("Give --valid-until or --valid-for, not both.")
            }
        }

        func run(_ installation: Installation) throws {
            let end = validUntil ?? validFor.map { installation.now + $0.seconds }
            let form = try APITokenForm(
                name: name, scopes: scopes, roleCeiling: roleCeiling, validUntil: end,
                revokesExisting: revokeExisting)
            let made = try installation.service.createAPIToken(form, for: account, in: organization)
            do {
                try show(made)
            } catch {
                // Nobody has seen the token, so nobody shall have it.
                try installation.service.revokeAPIToken(made.record.id)
                throw error
            }
        }

        private func show(_ made: AuthenticationService.NewAPIToken) throws {
            try output.show(made.record.record(token: made.token)) {
                try Terminal.print(made.token.text)
                Terminal.note(
                    "\(made.record.id) for \(account), \(made.record.rights). "
                        + (made.record.validUntil.map { "Valid until \($0). " } ?? "")
                        + "Store it now: it is not shown again.")
            }
        }
    }
}
