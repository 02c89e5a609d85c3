import ArgumentParser
import AuthAPI
import HTTP
import Identity
import JSON

/// `postern audit`
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Read the audit log, and remove old entries from it.",
        subcommands: [List.self, Export.self, Prune.self])

    /// `postern audit list`
    struct List: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "List entries of the audit log, newest first.",
            discussion: """
                Actor and account are shown by the email address that the account has now, or by the identifier of one \
                that was erased; --json has the identifiers alone.

                Examples:
                  postern audit list --limit 20
                  postern audit list --type login.failed --since 2027-01-31
                  postern audit list --account ann@example.org --address 192.0.2.1
                """)

        @OptionGroup var selection: AuditSelection

        @OptionGroup var length: LimitOption

        @OptionGroup var output: OutputOptions

        func run(_ installation: Installation) throws {
            let filter = try selection.filter(installation)
            let names = AccountNames(installation)
            func page(_ request: PageRequest) throws -> Page<NamedEvent> {
                let events = try installation.service.auditEvents(filter, request, by: .operator)
                return try events.map { event in
                    // Identifiers are what scripts get, so nothing is looked up for them.
                    if output.json { return NamedEvent(event, actor: nil, account: nil) }
                    return NamedEvent(event, actor: try names.name(event.actor), account: try names.name(event.account))
                }
            }
            try output.list(
                [
                    "TIME": { "\($0.event.time)" }, "TYPE": \.event.kind.rawValue, "ACTOR": { $0.actor ?? "-" },
                    "CREDENTIAL": \.event.credential.name.orDash, "ACCOUNT": { $0.account ?? "-" },
                    "TARGET": { $0.event.target ?? "-" }, "ADDRESS": \.event.address.orDash,
                    "DETAILS": \.event.details.line.orDash,
                ], limit: length.limit, page, json: \.event.json)
        }
    }

    /// An entry with the names of its people.
    private struct NamedEvent: Sendable {
        let event: AuditEvent
        let actor: String?
        let account: String?

        init(_ event: AuditEvent, actor: String?, account: String?) {
            (self.event, self.actor, self.account) = (event, actor, account)
        }
    }

    /// `postern audit export`
    struct Export: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write entries of the audit log as JSON lines, newest first.",
            discussion: "Entries that are added meanwhile are left to the next export.")

        @OptionGroup var selection: AuditSelection

        func run(_ installation: Installation) throws {
            let filter = try selection.filter(installation)
            try Pages.forEach({ try installation.service.auditEvents(filter, $0, by: .operator) }) { events in
                try Terminal.print(events.map { $0.json.text + "\n" }.joined(), terminator: "")
            }
        }
    }
}

/// A selection of entries of the audit log.
struct AuditSelection: ParsableArguments {
    @Option(name: .customLong("type"), help: "Only this type of event.")
    var kind: AuditEvent.Kind?

    @Option(help: "Only actions of the account with this email address or identifier.")
    var actor: String?

    @Option(help: "Only actions on the account with this email address or identifier.")
    var account: String?

    @Option(help: "Only actions in the organization with this slug or identifier.")
    var organization: String?

    @Option(help: "Only actions from this client's IP address, as the log has it.")
    var address: IPAddress?

    @Option(help: "Only from this day or moment on, as 2027-01-31 or 2027-01-31T12:00:00+01:00.")
    var since: Timestamp?

    @Option(help: "Only before this day or moment.")
    var until: Timestamp?

    /// The selection as a filter of the service.
    func filter(_ installation: Installation) throws -> AuditFilter {
        var filter = AuditFilter()
        filter.kind = kind
        filter.actor = try actor.map { try Self.account($0, installation) }
        filter.account = try account.map { try Self.account($0, installation) }
        filter.organization = try organization.map { name in
            try Identifier<Organization>(name) ?? installation.organization(name).id
        }
        filter.address = address.map { "\($0)" }
        filter.since = since
        filter.until = until
        return filter
    }

    /// An identifier is not looked up, as that of an organization is not, since the account may have been erased.
    private static func account(_ name: String, _ installation: Installation) throws -> Identifier<Account> {
        try Identifier<Account>(name) ?? installation.account(name).id
    }
}

extension AuditEvent.Authorization {
    /// The name of the credential; empty for none.
    fileprivate var name: String {
        switch self {
        case .none: ""
        case .commandLine: "command-line"
        case .credential(let id): "\(id)"
        }
    }
}

extension [String: String] {
    /// The pairs as one line.
    fileprivate var line: String {
        sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
    }
}
