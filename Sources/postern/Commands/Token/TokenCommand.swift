import ArgumentParser
import AuthAPI
import Identity
import JSON

/// `postern token`
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Create, list, change and revoke API tokens.",
        subcommands: [Create.self, List.self, Update.self, Revoke.self])

    /// `postern token list`
    struct List: InstallationCommand {
        static let configuration = CommandConfiguration(abstract: "List API tokens, oldest first.")

        @Option(help: "Only those of the account with this email address or identifier.")
        var account: String?

        @Option(help: "Only those that act in the organization with this slug or identifier.")
        var organization: String?

        @OptionGroup var output: OutputOptions

        func run(_ installation: Installation) throws {
            let filter = APITokenFilter(
                account: try account.map { try installation.account($0).id },
                organization: try organization.map { try installation.organization($0).id })
            try output.list(
                [
                    "ID": { "\($0.token.id)" }, "NAME": \.token.name, "ACCOUNT": \.email,
                    "ORGANIZATION": { "\($0.token.organization)" },
                    "SCOPES": { $0.token.scopes.names.joined(separator: " ") },
                    "CEILING": { $0.token.roleCeiling?.rawValue ?? "-" }, "CREATED": { "\($0.token.createdAt)" },
                    "LAST USED": { $0.token.lastUsedAt.map { "\($0)" } ?? "-" },
                    "VALID UNTIL": { $0.token.validUntil.map { "\($0)" } ?? "-" },
                ],
                { try installation.store.apiTokens(filter, $0) }, json: { $0.token.record(token: nil) })
        }
    }
}

extension APIToken {
    /// Scopes and ceiling, as one line.
    var rights: String {
        "scopes \(scopes.names.joined(separator: " ")), ceiling \(roleCeiling?.rawValue ?? "none")"
    }

    /// The record of the token, its account and its organization; with the token itself if it has just been created.
    func record(token: BearerToken?) -> JSONValue {
        json(token: token).with(["account_id": .string("\(account)"), "org_id": .string("\(organization)")])
    }
}
