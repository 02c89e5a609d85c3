import ArgumentParser
import AuthAPI
import Identity

/// `postern organization`
struct OrganizationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "organization", abstract: "Create, list and change organizations.",
        subcommands: [Create.self, List.self, Show.self, Update.self])

    /// `postern organization create`
    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an organization. It has no users yet: see `postern user add` and `postern account create`.")

        @Argument(help: "The name of the organization.")
        var name: String

        @OptionGroup var address: SlugOption

        @OptionGroup var output: OutputOptions

        func run() throws {
            let slug = try address.slug(for: name)
            let installation = try Installation()
            let organization = try CommandFailure.wrapping {
                try installation.service.createOrganization(name: name, slug: slug)
            }
            try output.show(organization.json) {
                try Terminal.print("Made the organization \(organization.id) (\(organization.slug))")
            }
        }
    }

    /// `postern organization list`
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List organizations, the oldest first.")

        @Option(help: "Only those of the account with this email address or identifier.")
        var account: String?

        @OptionGroup var output: OutputOptions

        func run() throws {
            let installation = try Installation()
            let account = try account.map { try installation.account($0).id }
            try output.list(
                ["ID", "SLUG", "NAME", "AUTO-JOIN", "DEFAULT ROLE", "CREATED"],
                { try installation.store.organizations(of: account, $0) },
                row: { organization in
                    [
                        "\(organization.id)", organization.slug, organization.name,
                        organization.autoJoin ? "yes" : "no", organization.defaultRole.orDash,
                        "\(organization.createdAt)",
                    ]
                }, json: \.json)
        }
    }

    /// `postern organization show`
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show an organization.")

        @OptionGroup var subject: OrganizationArgument

        @OptionGroup var output: OutputOptions

        func run() throws {
            let organization = try Installation().organization(subject.organization)
            try output.show(organization.json) { try organization.print() }
        }
    }
}

/// The organization that a command is about.
struct OrganizationArgument: ParsableArguments {
    @Argument(help: "The organization's slug or identifier (org_…).")
    var organization: String
}

/// The name of a new organization in addresses.
struct SlugOption: ParsableArguments {
    @Option(help: "Its name in addresses: lower-case letters, digits and hyphens. Default: made from the name.")
    var slug: String?

    /// The slug that was given, or one made from the name.
    func slug(for name: String) throws -> String {
        if let slug { return slug }
        let words = name.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        let made = words.joined(separator: "-").prefix(Organization.maximumSlugLength)
        guard !made.isEmpty else {
            throw ValidationError("No slug can be made from the name \(name): give one with --slug.")
        }
        return String(made.hasSuffix("-") ? made.dropLast() : made)
    }
}

extension Organization {
    /// The role of who joins.
    var defaultRole: String { defaultRoles.names.last ?? "" }

    /// Prints all of it, for people.
    func print() throws(CommandFailure) {
        try Table.print(fields: [
            ("id", "\(id)"), ("slug", slug), ("name", name), ("display name", displayName ?? "-"),
            ("auto-join", autoJoin ? "yes" : "no"), ("default role", defaultRole.orDash),
            ("email regex", emailPattern?.text ?? "-"), ("created", "\(createdAt)"),
        ])
    }
}
