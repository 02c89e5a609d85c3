import ArgumentParser
import AuthAPI
import Identity
import JSON

extension AuditCommand {
    /// `postern audit prune`
    struct Prune: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove the entries of the audit log from before a moment. This cannot be undone.",
            discussion: """
                The log itself says that it was done. What is older than \(Setting.auditRetention.rawValue) goes away \
                without this: see `postern prune`.
                """)

        @Option(help: "The day or moment, as 2027-01-31 or 2027-01-31T12:00:00+01:00.")
        var before: Timestamp?

        @Option(help: "How long ago the moment was: a number and s, m, h or d, such as 90d.")
        var olderThan: TimeSpan?

        @OptionGroup var confirmation: ConfirmationOptions

        @OptionGroup var output: OutputOptions

        func validate() throws {
            if (before == nil) == (olderThan == nil) { throw ValidationError("Give --before or --older-than.") }
        }

        func run() throws {
            guard let moment = before ?? olderThan.map({ WallClock.system.now() + -$0.seconds }) else { return }
            let installation = try Installation()
            try confirmation.confirm("Remove all entries of the audit log from before \(moment)?")
            let count = try CommandFailure.wrapping {
                try installation.service.pruneAudit(before: moment, by: .operator)
            }
            try output.show(["before": .string("\(moment)"), "removed": .number(count)]) {
                try Terminal.print("Removed \(count) \(count == 1 ? "entry" : "entries") from before \(moment)")
            }
        }
    }
}
