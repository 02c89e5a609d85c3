import ArgumentParser
import AuthAPI
import Identity
import JSON
import Storage

/// `postern init`
struct Initialize: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Create the database with an organization and its owner, or upgrade an older database.",
        discussion: """
            Run it as the user of the service. On a database with an organization it only updates the schema, and \
            takes no options: given any, it updates the schema, says what it ignored, and exits with 65. The owner's \
            password is asked for on a terminal, otherwise read as one line from standard input.

            On PostgreSQL run it with the role that owns the tables in \(Settings.database.key), and name the role of \
            the service by --serve-role: it gets the rights that it needs, and no others.

            Example:
              postern init --organization "Aurora Labs" --owner you@example.org
            """)

    @Flag(help: "Only create or update the tables; another run creates the organization.")
    var schemaOnly = false

    @Option(help: "The name of the organization.")
    var organization: String?

    @OptionGroup var address: SlugOption

    @Option(help: "The email address of the owner, who gets the role \(Role.appOwner.rawValue).")
    var owner: String?

    @Option(help: "The name of the owner.")
    var ownerName: String?

    @Option(help: "On PostgreSQL: the role of the service, which is made where it is missing, and gets its rights.")
    var serveRole: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard schemaOnly, let first = given.first else { return }
        throw ValidationError("With --schema-only no organization is made: leave \(first) out.")
    }

    func run() throws {
        let environment = ProgramEnvironment.process
        let settings = try Settings(environment: environment.variables)
        if serveRole != nil, case .sqlite = settings.database {
            throw ValidationError("--serve-role is for PostgreSQL: a SQLite database has no roles, so leave it out.")
        }
        // Before an empty database is created: what is missing or wrong leaves nothing behind.
        let exists = try settings.database.exists(environment)
        let first = try exists || schemaOnly ? nil : self.first(settings)
        let installation = try Installation(settings, environment, making: MadeTables(serveRole: serveRole))
        if try schemaOnly || installation.store.isInitialized() {
            try output.show(["database": .string("\(settings.database)"), "created": .bool(!exists)]) {
                try Terminal.print("The database \(settings.database) is \(exists ? "up to date" : "created").")
            }
            if !given.isEmpty {
                throw CommandFailure(
                    .dataError,
                    "the database has an organization already: \(given.joined(separator: ", ")) ignored; see `postern "
                        + "organization create` and `postern account create`")
            }
        } else {
            try fill(installation, with: first ?? self.first(settings))
        }
    }

    private func fill(_ installation: Installation, with first: First) throws {
        let made = try installation.service.initialize(
            organizationName: first.organization, slug: first.slug, owner: first.owner)
        let path = "\(installation.settings.database)"
        try output.show([
            "database": .string(path), "created": .bool(true), "organization": made.organization.json,
            "owner": made.owner.json,
        ]) {
            try Terminal.print("Created the database \(path)")
            try Terminal.print(
                "  organization  \(made.organization.name) (\(made.organization.slug), \(made.organization.id))")
            try Terminal.print("  owner         \(made.owner.email) (\(made.owner.id))")
            try Self.printNextSteps(made.organization, made.owner)
        }
    }

    /// Prints the commands for an account of the application's own, so that its token is not the owner's.
    private static func printNextSteps(_ organization: Organization, _ owner: Account) throws {
        let program = "app@\(owner.email.address.split(separator: "@").last ?? "")"
        let role = Role.appAdmin.rawValue
        try Terminal.print(
            """
            Next: create an account and an API token for the program that registers people and logs them in:
              postern account create --email \(program) --organization \(organization.slug) --role \(role) --no-password
              postern token create --account \(program) --name app --scope register --scope login --scope \
            client-address --role-ceiling \(role)
            """)
    }

    /// The options of the first organization and its owner that were given.
    private var given: [String] {
        [
            organization.map { _ in "--organization" }, address.slug.map { _ in "--slug" },
            owner.map { _ in "--owner" },
            ownerName.map { _ in "--owner-name" },
        ].compactMap(\.self)
    }

    /// The first organization and its owner, checked.
    private struct First {
        let organization: String
        let slug: String
        let owner: RegistrationForm
    }

    /// Reads what an empty database needs from the options, and the password.
    private func first(_ settings: Settings) throws -> First {
        guard let organization, let owner else {
            throw ValidationError("The database has no organization yet: give --organization NAME and --owner EMAIL.")
        }
        let slug = try address.slug(for: organization)
        var faults: [InputFault] = []
        let form = try RegistrationForm(
            email: faults.emailAddress(owner), password: try Terminal.newPassword(of: owner), roles: [.appOwner],
            name: ownerName, policy: settings.passwordPolicy, faults: faults)
        return First(organization: organization, slug: slug, owner: form)
    }
}
