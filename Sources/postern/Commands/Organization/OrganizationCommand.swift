import ArgumentParser
import AuthAPI
import Identity
import JSON

/// `postern organization`
struct OrganizationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "organization", abstract: "Create, list, change and delete organizations.",
        subcommands: [Create.self, List.self, Show.self, Update.self, Delete.self])

    /// `postern organization create`
    struct Create: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create an organization, without users: see `postern user add` and `postern account create`.")

        @Argument(help: "The name of the organization.")
        var name: String

        @OptionGroup var address: SlugOption

        @OptionGroup var output: OutputOptions

        func run(_ installation: Installation) throws {
            let organization = try installation.service.createOrganization(
                name: name, slug: try address.slug(for: name))
            try output.show(organization.json) {
                try Terminal.print("Created the organization \(organization.id) (\(organization.slug))")
            }
        }
    }

    /// `postern organization list`
    struct List: InstallationCommand {
        static let configuration = CommandConfiguration(abstract: "List organizations, oldest first.")

        @Option(help: "Only those of the account with this email address or identifier.")
        var account: String?

        @OptionGroup var output: OutputOptions

        func run(_ installation: Installation) throws {
            let account = try account.map { try installation.account($0).id }
            try output.list(
                [
                    "ID": { "\($0.id)" }, "SLUG": \.slug, "NAME": \.name, "AUTO-JOIN": { $0.autoJoin ? "yes" : "no" },
                    "DEFAULT ROLE": \.defaultRole.orDash, "CREATED": { "\($0.createdAt)" },
                ],
                { try installation.store.organizations(of: account, $0) }, json: \.json)
        }
    }

    /// `postern organization show`
    struct Show: InstallationCommand {
        static let configuration = CommandConfiguration(abstract: "Show an organization.")

        @OptionGroup var subject: OrganizationArgument

        @OptionGroup var output: OutputOptions

        func run(_ installation: Installation) throws {
            let organization = try installation.organization(subject.organization)
            try output.show(organization.json) { try organization.print() }
        }
    }
}

/// The slug of a new organization.
struct SlugOption: ParsableArguments {
    @Option(
        help:
            "The organization's name in paths: lower-case letters, digits and hyphens. Default: derived from its name.")
    var slug: String?

    /// The slug that was given, or one derived from the name.
    func slug(for name: String) throws -> String {
        if let slug { return slug }
        let words = name.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        let made = words.joined(separator: "-").prefix(Organization.maximumSlugLength)
        guard !made.isEmpty else {
            throw ValidationError("No slug can be derived from the name \(name): give one with --slug.")
        }
        return String(made.hasSuffix("-") ? made.dropLast() : made)
    }
}

extension Organization {
    /// The role of an account that joins by itself; empty for none.
    var defaultRole: String { defaultRoles.names.last ?? "" }

    /// Prints every field, for people.
    func print() throws(CommandFailure) {
        try Table.print(fields: [
            ("id", "\(id)"), ("slug", slug), ("name", name), ("display name", displayName ?? "-"),
            ("auto-join", autoJoin ? "yes" : "no"), ("default role", defaultRole.orDash),
            ("email regex", emailPattern?.text ?? "-"), ("second factor", secondFactor.rawValue),
            ("created", "\(createdAt)"),
        ])
    }
}
