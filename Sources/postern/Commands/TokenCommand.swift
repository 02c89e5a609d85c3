import ArgumentParser
import AuthAPI
import Identity

/// `postern token`
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Create, list and revoke API tokens.",
        subcommands: [Create.self, List.self, Revoke.self])

    /// `postern token create`
    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create an API token, and print it this once.",
            discussion: "The token goes to standard output; what is said about it goes to standard error.")

        @Option(help: "Email address or identifier of the account for which it acts, and whose roles it has.")
        var account: String

        @Option(help: "What it is for.")
        var name: String

        @Option(
            name: .customLong("scope"),
            help: "What it may be used for; may be given more than once.")
        var scopes: [Scope]

        @Option(help: "Slug or identifier of the organization in which it acts. Default: the account's oldest.")
        var organization: String?

        @Option(
            help:
                "From when on it counts no longer: 2027-01-31, or a moment as 2027-01-31T12:00:00+01:00. Default: never."
        )
        var validUntil: Timestamp?

        @Option(help: "How long it counts, as 90d or 12h, in place of --valid-until.")
        var validFor: TimeSpan?

        @Flag(help: "Revoke all other tokens of the account in the organization.")
        var revokeExisting = false

        @OptionGroup var output: OutputOptions

        func validate() throws {
            if validUntil != nil && validFor != nil {
                throw ValidationError("Give --valid-until or --valid-for, not both.")
            }
        }

        func run() throws {
            let installation = try Installation()
            let end = validUntil ?? validFor.map { WallClock.system.now() + $0.seconds }
            let made = try CommandFailure.wrapping {
                let form = try APITokenForm(
                    name: name, scopes: scopes.map(\.rawValue), validUntil: end?.description,
                    revokesExisting: revokeExisting)
                return try installation.service.createAPIToken(form, for: account, in: organization)
            }
            do {
                try show(made)
            } catch {
                // Nobody has seen it, so nobody shall have it.
                try CommandFailure.wrapping { try installation.service.revokeAPIToken(made.record.id) }
                throw error
            }
        }

        private func show(_ made: AuthenticationService.NewAPIToken) throws {
            try output.show(made.record.record(token: made.token)) {
                try Terminal.print(made.token.text)
                Terminal.note(
                    "\(made.record.id) for \(account), scopes \(made.record.scopes.names.joined(separator: " ")). "
                        + "Keep it now: it is not shown again.")
            }
        }
    }

    /// `postern token list`
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List API tokens, the oldest first.")

        @Option(help: "Only those of the account with this email address or identifier.")
        var account: String?

        @Option(help: "Only those that act in the organization with this slug or identifier.")
        var organization: String?

        @OptionGroup var output: OutputOptions

        func run() throws {
            let installation = try Installation()
            let filter = APITokenFilter(
                account: try account.map { try installation.account($0).id },
                organization: try organization.map { try installation.organization($0).id })
            try output.list(
                ["ID", "NAME", "ACCOUNT", "ORGANIZATION", "SCOPES", "CREATED", "LAST USED", "VALID UNTIL"],
                { try installation.store.apiTokens(filter, $0) },
                row: { token, email in
                    [
                        "\(token.id)", token.name, email, "\(token.organization)",
                        token.scopes.names.joined(separator: " "), "\(token.createdAt)",
                        token.lastUsedAt.map { "\($0)" } ?? "-", token.validUntil.map { "\($0)" } ?? "-",
                    ]
                }, json: { token, _ in token.record(token: nil) })
        }
    }

    /// `postern token revoke`
    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke an API token: it is refused from the next request on.")

        @Argument(help: "The token's identifier (tok_…), as `postern token list` shows it.")
        var id: Identifier<APIToken>

        @OptionGroup var output: OutputOptions

        func run() throws {
            let installation = try Installation()
            try CommandFailure.wrapping { try installation.service.revokeAPIToken(id) }
            try output.show(["id": .string("\(id)"), "revoked": .bool(true)]) { try Terminal.print("Revoked \(id)") }
        }
    }
}

extension APIToken {
    /// The record of the token, and whose it is; the token itself only where it has just been made.
    fileprivate func record(token: BearerToken?) -> JSONValue {
        json(token: token).with(["account_id": .string("\(account)"), "org_id": .string("\(organization)")])
    }
}
