import ArgumentParser
import AuthAPI
import Identity
import JSON

extension TokenCommand {
    /// `postern token update`
    struct Update: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change name, scopes and ceiling of an API token, from the next request on.")

        @OptionGroup var subject: TokenArgument

        @Option(help: "The highest role of the account that the token has.")
        var roleCeiling: Role?

        @Option(
            name: .customLong("scope"),
            help: "A scope; may be given more than once. The scopes given replace the present ones.")
        var scopes: [Scope] = []

        @Option(help: "The purpose of the token.")
        var name: String?

        @OptionGroup var output: OutputOptions

        func validate() throws {
            if roleCeiling == nil && scopes.isEmpty && name == nil {
                throw ValidationError("Give --role-ceiling, --scope or --name.")
            }
        }

        func run(_ installation: Installation) throws {
            let update = try APITokenUpdate(
                name: name, scopes: scopes.isEmpty ? nil : scopes, roleCeiling: roleCeiling)
            let token = try installation.service.updateAPIToken(subject.id, update)
            try output.show(token.record(token: nil)) {
                try Terminal.print("\(token.id) (\(token.name)): \(token.rights)")
            }
        }
    }

    /// `postern token revoke`
    struct Revoke: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke an API token: it is refused from the next request on.",
            discussion: """
                A token found in clear text is read from standard input, never from the command line, which other \
                users and the shell's history see: postern token revoke - <file
                """)

        @Argument(
            help: """
                The token's identifier (tok_…), as `postern token list` shows it; - to read the token itself (pst_…) \
                from standard input.
                """)
        var token: TokenToRevoke

        @OptionGroup var output: OutputOptions

        func run(_ installation: Installation) throws {
            let id = try revoke(in: installation.service)
            try output.show(["id": .string("\(id)"), "revoked": .bool(true)]) { try Terminal.print("Revoked \(id)") }
        }

        private func revoke(in service: AuthenticationService) throws -> Identifier<APIToken> {
            switch token {
            case .identifier(let id):
                try service.revokeAPIToken(id)
                return id
            case .standardInput:
                guard let token = BearerToken(try Terminal.secret("API token")), token.kind == .api else {
                    throw CommandFailure(.dataError, "the input is not an API token, such as pst_… with 53 characters")
                }
                return try service.revokeAPIToken(token)
            }
        }
    }
}

/// The API token to revoke.
enum TokenToRevoke: ExpressibleByArgument {
    case identifier(Identifier<APIToken>)
    /// The token itself, on standard input.
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
