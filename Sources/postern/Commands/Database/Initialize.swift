import ArgumentParser
import AuthAPI
import FoundationEssentials
import Identity

/// `postern init`
struct Initialize: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make the database with an organization and its owner, or bring an older database up to date.",
        discussion: """
            Run it as the user that serves. On a database that has an organization it only updates the schema, and needs \
            no options. The owner's password is asked for on a terminal, else read as one line from standard input.
            """)

    @Flag(help: "Only make the tables or bring them up to date; another run makes the organization.")
    var schemaOnly = false

    @Option(help: "The name of the organization.")
    var organization: String?

    @OptionGroup var address: SlugOption

    @Option(help: "The email address of the owner, who gets the role AppOwner.")
    var owner: String?

    @Option(help: "The name of the owner.")
    var ownerName: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let path = try Settings(environment: ProcessInfo.processInfo.environment).database
        // Before a database is made that would then be empty.
        let isThere = FileManager.default.fileExists(atPath: path)
        if !isThere && !schemaOnly { _ = try required() }
        let installation = try Installation(makesDatabase: true)
        let isInitialized = try CommandFailure.wrapping { try installation.store.isInitialized() }
        guard !isInitialized && !schemaOnly else {
            try output.show(["database": .string(path), "created": .bool(!isThere)]) {
                try Terminal.print("The database \(path) is \(isThere ? "up to date" : "made").")
            }
            return
        }
        let (organization, slug, owner) = try required()
        let made = try CommandFailure.wrapping {
            let form = try RegistrationForm(
                email: owner, password: try Terminal.newPassword(of: owner), roles: [Role.appOwner.rawValue],
                name: ownerName, policy: installation.settings.passwordPolicy)
            return try installation.service.initialize(
                organizationName: organization, slug: slug, owner: form)
        }
        try output.show([
            "database": .string(path), "created": .bool(true), "organization": made.organization.json,
            "owner": made.owner.json,
        ]) {
            try Terminal.print("Made the database \(path)")
            try Terminal.print(
                "  organization  \(made.organization.name) (\(made.organization.slug), \(made.organization.id))")
            try Terminal.print("  owner         \(made.owner.email) (\(made.owner.id))")
            try Self.printNextSteps(made.organization, made.owner)
        }
    }

    /// An application gets an account of its own, so that its token is not the owner.
    private static func printNextSteps(_ organization: Organization, _ owner: Account) throws {
        let program = "app@\(owner.email.address.split(separator: "@").last ?? "")"
        let role = Role.appAdmin.rawValue
        try Terminal.print(
            "Next: make an account and an API token for the program that registers people and logs them in:")
        try Terminal.print(
            "  postern account create --email \(program) --organization \(organization.slug) --role \(role) --no-password"
        )
        try Terminal.print(
            "  postern token create --account \(program) --name app --scope register --scope login --scope client-address "
                + "--role-ceiling \(role)"
        )
    }

    /// The options that an empty database needs.
    private func required() throws -> (organization: String, slug: String, owner: String) {
        guard let organization, let owner else {
            throw ValidationError("The database has no organization yet: give --organization NAME and --owner EMAIL.")
        }
        return (organization, try address.slug(for: organization), owner)
    }
}
