import ArgumentParser
import AuthAPI
import Identity
import JSON

extension AuditCommand {
    /// `postern audit prune`
    struct Prune: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove the entries of the audit log before a moment. This cannot be undone.",
            discussion: """
                The audit log records the removal. Entries older than \(Settings.auditRetention.key) are removed \
                without this command: see `postern prune`.
                """)

        @Option(help: "The day or moment, as 2027-01-31 or 2027-01-31T12:00:00+01:00.")
        var before: Timestamp?

        @Option(help: "The time since that moment: a number and s, m, h or d, such as 90d.")
        var olderThan: TimeSpan?

        @OptionGroup var confirmation: ConfirmationOptions

        @OptionGroup var output: OutputOptions

        func validate() throws {
            if (before == nil) == (olderThan == nil) { throw ValidationError("Give --before or --older-than.") }
        }

        func run(_ installation: Installation) throws {
            guard let moment = before ?? olderThan.map({ installation.now + -$0.seconds }) else { return }
            try confirmation.confirm("Remove all entries of the audit log before \(moment)?")
            let count = try installation.service.pruneAudit(before: moment, by: .operator)
            try output.show(["before": .string("\(moment)"), "removed": .number(count)]) {
                try Terminal.print("Removed \(count.of("entry", "entries")) from before \(moment)")
            }
        }
    }
}
