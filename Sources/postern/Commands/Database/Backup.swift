import ArgumentParser
import AuthAPI
import FoundationEssentials
import Storage

/// `postern backup`
struct Backup: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the database to a file, also while it is in use.",
        discussion: """
            The copy has all that was acknowledged before it began, and gets its name when it is whole and on disk. It \
            is for this user alone, and holds what the database holds: keep it as safe. A copy of that name is replaced.
            """)

    @Argument(help: "The file to write.", completion: .file())
    var file: String

    @OptionGroup var output: OutputOptions

    func run() throws {
        let path = try Settings(environment: ProcessInfo.processInfo.environment).database
        let report = try CommandFailure.wrapping { try SQLiteStore.backUp(path, to: file) }
        try output.show([
            "file": .string(file), "accounts": .number(report.accounts), "version": .string(report.version),
        ]) {
            try Terminal.print("Copied \(path) with \(report.accounts) accounts to \(file)")
        }
    }
}
