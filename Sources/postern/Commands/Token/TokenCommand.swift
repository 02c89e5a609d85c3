import ArgumentParser
import AuthAPI
import Identity

/// `postern token`
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Create, list, change and revoke API tokens.",
        subcommands: [Create.self, List.self, Update.self, Revoke.self])

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

        @Option(
            help: """
                The highest role of the account that counts for it; one in an organization drops those on the \
                installation. Default: \(Role.appMember.rawValue), with \(Scope.accountsWrite.rawValue) \
                \(Role.appAdmin.rawValue), with \(Scope.admin.rawValue) the account's highest.
                """)
        var roleCeiling: Role?

        @Option(help: "Slug or identifier of the organization in which it acts. Default: the account's oldest.")
        var organization: String?

        @Option(
            help: """
                From when on it counts no longer: 2027-01-31, or a moment as 2027-01-31T12:00:00+01:00. Default: never, \
                or where POSTERN_TOKEN_MAX_LIFETIME is set, as late as it allows.
                """)
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
                    name: name, scopes: scopes.map(\.rawValue), roleCeiling: roleCeiling?.rawValue,
                    validUntil: end?.description, revokesExisting: revokeExisting)
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
                    "\(made.record.id) for \(account), \(made.record.power). "
                        + (made.record.validUntil.map { "Valid until \($0). " } ?? "")
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
                ["ID", "NAME", "ACCOUNT", "ORGANIZATION", "SCOPES", "CEILING", "CREATED", "LAST USED", "VALID UNTIL"],
                { try installation.store.apiTokens(filter, $0) },
                row: { token, email in
                    [
                        "\(token.id)", token.name, email, "\(token.organization)",
                        token.scopes.names.joined(separator: " "), token.roleCeiling?.rawValue ?? "-",
                        "\(token.createdAt)", token.lastUsedAt.map { "\($0)" } ?? "-",
                        token.validUntil.map { "\($0)" } ?? "-",
                    ]
                }, json: { token, _ in token.record(token: nil) })
        }
    }

    /// `postern token update`
    struct Update: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change name, scopes and ceiling of an API token. It counts from the next request on.")

        @OptionGroup var subject: TokenArgument

        @Option(help: "The highest role of the account that counts for it.")
        var roleCeiling: Role?

        @Option(
            name: .customLong("scope"),
            help: "What it may be used for; may be given more than once. Those that are given are all that it then has."
        )
        var scopes: [Scope] = []

        @Option(help: "What it is for.")
        var name: String?

        @OptionGroup var output: OutputOptions

        func validate() throws {
            if roleCeiling == nil && scopes.isEmpty && name == nil {
                throw ValidationError("Give --role-ceiling, --scope or --name.")
            }
        }

        func run() throws {
            let installation = try Installation()
            let token = try CommandFailure.wrapping {
                let update = try APITokenUpdate(
                    name: name, scopes: scopes.isEmpty ? nil : scopes, roleCeiling: roleCeiling)
                return try installation.service.updateAPIToken(subject.id, update)
            }
            try output.show(token.record(token: nil)) {
                try Terminal.print("\(token.id) (\(token.name)): \(token.power)")
            }
        }
    }

    /// `postern token revoke`
    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke an API token: it is refused from the next request on.",
            discussion: """
                A token that was found in clear is read from standard input, never from the command line, which other users \
                and the shell's history see: postern token revoke - <file
                """)

        @Argument(
            help: """
                The token's identifier (tok_…), as `postern token list` shows it; - to read the token itself (pst_…) from \
                standard input.
                """)
        var token: TokenToRevoke

        @OptionGroup var output: OutputOptions

        func run() throws {
            let installation = try Installation()
            let id = try revoke(in: installation)
            try output.show(["id": .string("\(id)"), "revoked": .bool(true)]) { try Terminal.print("Revoked \(id)") }
        }

        private func revoke(in installation: Installation) throws(CommandFailure) -> Identifier<APIToken> {
            switch token {
            case .identifier(let id):
                try CommandFailure.wrapping { try installation.service.revokeAPIToken(id) }
                return id
            case .standardInput:
                guard let token = BearerToken(try Terminal.secret("API token")), token.kind == .api else {
                    throw CommandFailure(
                        .dataError, "what was read is not an API token such as pst_… with 53 characters")
                }
                return try CommandFailure.wrapping { try installation.service.revokeAPIToken(token) }
            }
        }
    }
}

/// The name of an API token that is to be revoked.
enum TokenToRevoke: ExpressibleByArgument {
    case identifier(Identifier<APIToken>)
    /// By itself, on standard input.
    case standardInput

    init?(argument: String) {
        if argument == "-" {
            self = .standardInput
        } else if let id = Identifier<APIToken>(argument) {
            self = .identifier(id)
        } else {
            return nil
        }
    }
}

/// The API token that a command is about.
struct TokenArgument: ParsableArguments {
    @Argument(help: "The token's identifier (tok_…), as `postern token list` shows it.")
    var id: Identifier<APIToken>
}

extension APIToken {
    /// What it may be used for and with which roles, in words.
    fileprivate var power: String {
        "scopes \(scopes.names.joined(separator: " ")), ceiling \(roleCeiling?.rawValue ?? "none")"
    }

    /// The record of the token, and whose it is; the token itself only where it has just been made.
    fileprivate func record(token: BearerToken?) -> JSONValue {
        json(token: token).with(["account_id": .string("\(account)"), "org_id": .string("\(organization)")])
    }
}
