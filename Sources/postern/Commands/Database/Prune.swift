import ArgumentParser
import AuthAPI
import Identity

/// `postern prune`
struct Prune: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Remove what counts no longer: sessions, counts of attempts, and old entries of the audit log.",
        discussion: """
            A running responder does so by itself; where there are only CGI runs, run it every day. \
            \(Setting.auditRetention.rawValue) says how long entries of the audit log are kept. It goes by the clock, but \
            at most by a day after the newest entry of the audit log, so that a wrong clock removes nothing.
            """)

    @OptionGroup var output: OutputOptions

    func run() throws {
        let installation = try Installation()
        let count = try CommandFailure.wrapping {
            installation.housekeeping().wipeErased()
            return try installation.housekeeping().prune(by: .operator) ?? 0
        }
        try output.show(["audit_entries": .number(count)]) {
            try Terminal.print("Removed what counts no longer, and \(count) old entries of the audit log")
        }
    }
}
