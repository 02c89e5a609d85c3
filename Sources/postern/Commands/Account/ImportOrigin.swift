import ArgumentParser
import AuthAPI
import Identity

/// The system whose export is imported, or JSON lines.
struct ImportOrigin: ExpressibleByArgument {
    /// The name of JSON lines.
    private static let lines = "json"

    /// The system; `nil` for JSON lines.
    let format: ImportFormat?

    init(format: ImportFormat?) { self.format = format }

    init?(argument: String) {
        format = ImportFormat(named: argument)
        guard format != nil || argument == Self.lines else { return nil }
    }

    static var allValueStrings: [String] { [lines] + ImportFormat.allCases.map(\.rawValue) }
    var defaultValueDescription: String { format?.rawValue ?? Self.lines }

    /// The reader of the export.
    func source(_ options: ImportOptions) -> any ImportSource { format?.source(options) ?? JSONLines(options) }
}

/// The options of an import that say what is made of an account.
struct ImportChoices: ParsableArguments {
    @Option(
        name: .customLong("domain"),
        help: "The domain that makes an email address of a user name, for accounts that have none.")
    var domain: String?

    @Flag(
        name: .customLong("user-name-is-address"),
        help: """
            Take a user name that is an email address for that of an account without one. Only where the old system \
            made sure that people own the addresses that they log in by. User names of htpasswd count anyway.
            """)
    var userNameIsAddress = false

    @Option(
        name: .customLong("id-prefix"),
        help: "A text before each identifier of the other system, to tell two systems apart.")
    var idPrefix = ""

    @Option(
        name: .customLong("role"),
        help: """
            A role of the accounts; may be given more than once. Default: those of the line, else \
            \(Role.appMember.rawValue).
            """)
    var roles: [Role] = []

    @Option(
        name: .customLong("administrator-role"),
        help: """
            A role that administrators of the other system get as well: superusers of Django, those with the role \
            administrator of WordPress or the column admin of Devise. Without it they are as everybody.
            """)
    var administratorRole: Role?

    @Option(
        name: .customLong("hash-config"),
        help: "The file with the password hash parameters of a Firebase project, as its console shows them.")
    var hashConfiguration: String?

    /// The most bytes of the file with parameters.
    private static let configurationLimit = 64 << 10

    func validate(_ origin: ImportOrigin) throws {
        if let domain {
            guard origin.format != nil else {
                throw ValidationError("--domain is for user names: each line of JSON has an email address.")
            }
            guard EmailAddress("a@\(domain)") != nil else { throw ValidationError("\(domain) is not a valid domain.") }
        }
        if userNameIsAddress, origin.format == nil {
            throw ValidationError("--user-name-is-address is for user names: each line of JSON has an email address.")
        }
        guard (origin.format == .firebase) == (hashConfiguration != nil) else {
            throw ValidationError(
                hashConfiguration == nil
                    ? "--from firebase needs --hash-config FILE, with the project's password hash parameters."
                    : "--hash-config is for --from firebase.")
        }
    }

    /// The choices for the domain.
    func options() throws(CommandFailure) -> ImportOptions {
        var options = ImportOptions()
        options.domain = domain
        options.takesNamesAsAddresses = userNameIsAddress
        options.idPrefix = idPrefix
        options.roles = roles
        options.administratorRole = administratorRole
        options.firebase = try hashConfiguration.map { path throws(CommandFailure) in
            try Self.parameters(path)
        }
        return options
    }

    private static func parameters(_ path: String) throws(CommandFailure) -> FirebaseParameters {
        var file = try InputFile(path: path)
        var bytes: [UInt8] = []
        while let part = try file.next(), bytes.count <= configurationLimit { bytes += part }
        guard bytes.count <= configurationLimit,
            let parameters = FirebaseParameters(String(decoding: bytes, as: UTF8.self))
        else {
            throw CommandFailure(
                .dataError,
                "\(path): these are not the password hash parameters of a Firebase project: algorithm SCRYPT, "
                    + "base64_salt_separator, rounds and mem_cost")
        }
        return parameters
    }
}
