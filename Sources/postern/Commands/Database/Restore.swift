import ArgumentParser
import AuthAPI
import FoundationEssentials
import Identity
import Storage

/// `postern restore`
struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a backup in the place of the database. Stop the service before.",
        discussion: """
            The backup is checked first, and stays as it is. It is refused while a process has the database open. The old \
            database stays beside the new one under a name that ends in .before-restore- and the time.
            """)

    @Argument(help: "The backup.", completion: .file())
    var file: String

    @OptionGroup var output: OutputOptions

    func run() throws {
        let path = try Settings(environment: ProcessInfo.processInfo.environment).database
        let (kept, report) = try CommandFailure.wrapping {
            try SQLiteStore.restore(file, to: path, at: WallClock.system.now()) { Terminal.note("postern: \($0)") }
        }
        try output.show([
            "database": .string(path), "accounts": .number(report.accounts), "version": .string(report.version),
            "is_current": .bool(report.isCurrent), "kept": kept.map { .string($0) } ?? .null,
        ]) {
            try Terminal.print("Restored \(path) with \(report.accounts) accounts from \(file)")
            if let kept { try Terminal.print("  the old one is now \(kept)") }
            if !report.isCurrent { try Terminal.print("Next: it is of an older version; run `postern init`") }
        }
    }
}
