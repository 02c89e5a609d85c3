import ArgumentParser
import AuthAPI
import Identity

/// `postern audit`
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Read the audit log, and remove old entries from it.",
        subcommands: [List.self, Export.self, Prune.self])

    /// `postern audit list`
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List entries of the audit log, the newest first.")

        @OptionGroup var selection: AuditSelection

        @OptionGroup var output: OutputOptions

        func run() throws {
            let installation = try Installation()
            let filter = try selection.filter(installation)
            try output.list(
                ["TIME", "TYPE", "ACTOR", "CREDENTIAL", "ACCOUNT", "TARGET", "ADDRESS", "DETAILS"],
                { try installation.service.auditEvents(filter, $0, by: .operator) },
                row: { event in
                    [
                        "\(event.time)", event.kind.rawValue, event.actor.map { "\($0)" } ?? "-",
                        event.credential.words.orDash, event.account.map { "\($0)" } ?? "-", event.target ?? "-",
                        event.address.orDash, event.details.words.orDash,
                    ]
                }, json: \.json)
        }
    }

    /// `postern audit export`
    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write entries of the audit log as JSON lines, the newest first.",
            discussion: "Entries that are added meanwhile are left for the next time.")

        @OptionGroup var selection: AuditSelection

        func run() throws {
            let installation = try Installation()
            let filter = try selection.filter(installation)
            try Pages.forEach(
                { try installation.service.auditEvents(filter, $0, by: .operator) },
                { events in
                    try Terminal.print(events.map { $0.json.text + "\n" }.joined(), terminator: "")
                })
        }
    }
}

/// Which entries of the audit log are wanted.
struct AuditSelection: ParsableArguments {
    @Option(name: .customLong("type"), help: "Only this type of event.")
    var kind: AuditEvent.Kind?

    @Option(help: "Only what was done by the account with this email address or identifier.")
    var actor: String?

    @Option(help: "Only what was done to the account with this email address or identifier.")
    var account: String?

    @Option(help: "Only what was done in the organization with this slug or identifier.")
    var organization: String?

    @Option(help: "Only from this day or moment on, as 2027-01-31 or 2027-01-31T12:00:00+01:00.")
    var since: Timestamp?

    @Option(help: "Only from before this day or moment.")
    var until: Timestamp?

    /// The same for the service.
    func filter(_ installation: Installation) throws(CommandFailure) -> AuditFilter {
        var filter = AuditFilter()
        filter.kind = kind
        if let actor { filter.actor = try Self.account(actor, installation) }
        if let account { filter.account = try Self.account(account, installation) }
        if let organization { filter.organization = try installation.organization(organization).id }
        filter.since = since
        filter.until = until
        return filter
    }

    /// An identifier is taken as it is, since the account may have been erased.
    private static func account(
        _ name: String, _ installation: Installation
    ) throws(CommandFailure) -> Identifier<Account> {
        if let id = Identifier<Account>(name) { return id }
        return try installation.account(name).id
    }
}

extension AuditEvent.Authorization {
    /// The credential in a word; empty for none.
    fileprivate var words: String {
        switch self {
        case .none: ""
        case .commandLine: "command-line"
        case .credential(let id): "\(id)"
        }
    }
}

extension [String: String] {
    /// The pairs in one line.
    fileprivate var words: String {
        sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
    }
}
