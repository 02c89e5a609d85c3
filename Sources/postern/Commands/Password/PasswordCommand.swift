import ArgumentParser
import Cryptography
import JSON

/// `postern password`
struct PasswordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "password", abstract: "Prepare what new passwords are checked against.",
        subcommands: [BuildBreached.self])
}

extension PasswordCommand {
    /// `postern password build-breached`
    struct BuildBreached: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Build the file of POSTERN_PASSWORD_BREACHED from the list of Have I Been Pwned.",
            discussion: """
                The list is what PwnedPasswordsDownloader writes: one file of SHA-1 digests in their order, a line \
                HASH:COUNT each, or a folder with a file for each range (00000.txt to FFFFF.txt, lines SUFFIX:COUNT). \
                The file takes 20 bytes for each digest; it is written beside the old one and then takes its place. A \
                server takes it when it starts or reloads.

                Example:
                  postern password build-breached --from pwnedpasswords --into /var/lib/postern/breached
                """)

        @Option(name: .customLong("from"), help: "The downloaded file or folder; - for standard input.")
        var source: String

        @Option(name: .customLong("into"), help: "The file to write.")
        var target: String

        @Option(help: "Leave out passwords that were seen fewer times than this.")
        var minimumCount = 1

        @Flag(help: "Accept a folder in which ranges are missing.")
        var partial = false

        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard minimumCount >= 1 else { throw ValidationError("--minimum-count is a number from 1.") }
        }

        func run() throws {
            var list = try BreachedList(into: target, minimumCount: minimumCount)
            if try BreachedList.isFolder(source) {
                try list.addRanges(in: source, areAllNeeded: !partial)
            } else {
                try list.addFile(source)
            }
            let count = try list.finish()
            try output.show(["file": .string(target), "digests": .number(count)]) {
                try Terminal.print("\(target) has the digests of \(count) passwords")
            }
        }
    }
}
