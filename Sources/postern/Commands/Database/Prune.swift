import ArgumentParser
import AuthAPI
import Identity
import JSON

/// `postern prune`
struct Prune: InstallationCommand {
    static let configuration = CommandConfiguration(
        abstract: "Remove what is no longer valid: sessions, counters of attempts, and old entries of the audit log.",
        discussion: """
            A running responder does this itself; with CGI runs alone, run it every day. \
            \(Settings.auditRetention.key) sets how long entries of the audit log are kept. The time is the clock's, \
            but at most a day after the newest entry of the audit log, so that a wrong clock removes nothing. After \
            `postern key use` it also seals anew what other keys have sealed.
            """)

    @OptionGroup var output: OutputOptions

    func run(_ installation: Installation) throws {
        let housekeeping = installation.housekeeping()
        housekeeping.wipeErased()
        _ = try installation.service.resealSecrets(most: .max)
        let count = try housekeeping.prune(by: .operator) ?? 0
        try output.show(["audit_entries": .number(count)]) {
            try Terminal.print("Removed what is no longer valid, and \(count) old entries of the audit log")
        }
    }
}
