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

        @Option(help: "The email address of the account for which it acts, and whose roles it has.")
        var account: String

        @Option(help: "What it is for.")
        var name: String

        @Option(
            name: .customLong("scope"),
            help: "What it may be used for; may be given more than once.")
        var scopes: [Scope]

        @Option(help: "Slug or identifier of the organization in which it acts. Default: the account's oldest.")
        var organization: String?

        @Option(help: "From when on it counts no longer, as 2027-01-31T00:00:00Z. Default: never.")
        var validUntil: Timestamp?

        @OptionGroup var output: OutputOptions

        func run() throws {
            let installation = try Installation()
            let made = try CommandFailure.wrapping {
                try installation.service.createAPIToken(
                    name: name, for: account, in: organization, scopes: scopes, validUntil: validUntil)
            }
            do {
                try show(made)
            } catch {
                // Nobody has seen it, so nobody shall have it.
                _ = try CommandFailure.wrapping { try installation.store.removeAPIToken(made.record.id) }
                throw error
            }
        }

        private func show(_ made: (token: BearerToken, record: APIToken)) throws {
            try output.show(made.record.json(token: made.token)) {
                try Terminal.print(made.token.text)
                Terminal.note(
                    "\(made.record.id) for \(account), scopes \(made.record.scopes.names.joined(separator: " ")). "
                        + "Keep it now: it is not shown again.")
            }
        }
    }

    /// `postern token list`
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List all API tokens, the oldest first.")

        @OptionGroup var output: OutputOptions

        func run() throws {
            let installation = try Installation()
            let tokens = try CommandFailure.wrapping { try installation.store.apiTokens() }
            try output.show(.array(tokens.map { $0.token.json(token: nil) })) {
                try Terminal.table(
                    ["ID", "NAME", "ACCOUNT", "SCOPES", "CREATED", "VALID UNTIL"],
                    tokens.map { token, email in
                        [
                            "\(token.id)", token.name, "\(email)", token.scopes.names.joined(separator: " "),
                            "\(token.createdAt)", token.validUntil.map { "\($0)" } ?? "-",
                        ]
                    })
            }
        }
    }

    /// `postern token revoke`
    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke an API token: it is refused from the next request on.")

        @Argument(help: "The token's identifier (tok_…), as `postern token list` shows it.")
        var id: String

        @OptionGroup var output: OutputOptions

        func run() throws {
            let installation = try Installation()
            guard let identifier = Identifier<APIToken>(id) else {
                throw ValidationError("\(id) is no identifier of a token: see `postern token list`.")
            }
            guard try CommandFailure.wrapping({ try installation.store.removeAPIToken(identifier) }) else {
                throw CommandFailure(.noUser, "there is no API token \(id)")
            }
            try output.show(["id": .string(id), "revoked": .bool(true)]) { try Terminal.print("Revoked \(id)") }
        }
    }
}

extension APIToken {
    /// The record of the token; the token itself only where it has just been made.
    func json(token: BearerToken?) -> JSONValue {
        [
            "id": .string("\(id)"),
            "name": .string(name),
            "token": .string(orNull: token?.text),
            "scopes": .strings(scopes.names),
            "hashed_token": .string("\(tokenHash)"),
            "account_id": .string("\(account)"),
            "org_id": .string("\(organization)"),
            "created_at": .string("\(createdAt)"),
            "valid_until": .string(orNull: validUntil.map { "\($0)" }),
        ]
    }
}
