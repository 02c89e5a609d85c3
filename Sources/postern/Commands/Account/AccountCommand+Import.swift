import ArgumentParser
import Identity
import System

extension AccountCommand {
    /// `postern account import`
    struct Import: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "Import accounts of another system, with their password hashes.",
            discussion: """
                With --from it reads that system's own export: names, times, disabled accounts and accounts without a \
                password come over, and everybody logs in with their old password, whose hash is renewed then. The \
                manual has a recipe for each: \(ManualPage.move.hint).

                Without --from the file has a JSON object on each line: email, password_hash (null for an account \
                without password), and optionally name, given_name, family_name, roles, state, created_at, \
                external_id and organization.

                Unless --keep-going is given, one refused account refuses the whole file. The command exits with 65 \
                if accounts were refused, and with 66 if the file cannot be read.

                Examples:
                  postern account import --from django users.json --dry-run
                  postern account import --from htpasswd /etc/apache2/htpasswd --domain example.org
                  postern account import --from keycloak realm.json --map ids.csv --report refused.csv
                """)

        @Argument(help: "The file; - for standard input.")
        var file: String

        @Option(name: .customLong("from"), help: "The system whose export it is.")
        var origin = ImportOrigin(format: nil)

        @Option(
            help: """
                Slug or identifier of the organization of the accounts that name none. Default: the only one that \
                there is.
                """)
        var organization: String?

        @OptionGroup var choices: ImportChoices

        @Option(
            help: """
                A new file for the identifiers of the accounts that were imported, as CSV: external_id, account_id, \
                email. It is written once they are stored.
                """)
        var map: String?

        @Option(help: "A new file for the refused accounts with all of their faults, as CSV.")
        var report: String?

        @Flag(help: "Import the accounts that are not refused.")
        var keepGoing = false

        @Flag(help: "Import nothing, and only report the accounts that would be refused.")
        var dryRun = false

        @OptionGroup var output: OutputOptions

        /// The number of records after which progress is reported.
        private static let progressInterval = 10_000

        func validate() throws {
            try choices.validate(origin)
            if dryRun && map != nil { throw ValidationError("With --dry-run nothing is imported for --map.") }
        }

        func run(_ installation: Installation) throws {
            let organization = try organizationName(installation)
            let source = origin.source(try choices.options())
            var input = try InputFile(path: file)
            // Both are made before anything is imported, since a name that can't be had shall change nothing.
            let mapFile = try map.map { try NewFile(path: $0) }
            let reportFile = try report.map { try RefusalReport(path: $0) }
            var accounts = try AccountImport(installation.service, organization: organization) { refusal, unit in
                reportFile?.add(refusal, unit)
            }
            let unit = try Self.read(&input, from: source, into: &accounts)
            try reportFile?.checkFailure()
            let summary = ImportSummary(outcome: try accounts.finish(mode), unit: unit, mode: mode)
            if let format = origin.format, summary.isEmpty {
                let name = file == "-" ? "standard input" : file
                throw CommandFailure(
                    .dataError, "there is no account in \(name): is it an export of \(format.rawValue)?")
            }
            if let mapFile, summary.isDone { try Self.write(summary, map: mapFile) }
            try reportFile?.finish(unit)
            try output.show(summary.json) { try summary.print() }
            if summary.outcome.refusedCount > 0 { throw ExitCode(CommandFailure.Code.dataError.rawValue) }
        }

        /// Writes the map. A failure tells that the accounts are there, or the same import would be tried in vain.
        private static func write(_ summary: ImportSummary, map file: NewFile) throws(CommandFailure) {
            do throws(CommandFailure) {
                try summary.write(map: file)
            } catch {
                let kept = "the accounts are imported; `postern account show --external-id` tells what the map lacks"
                throw CommandFailure(error.code, error.lines + [kept])
            }
        }

        private var mode: ImportMode {
            if dryRun { return .dryRun }
            return keepGoing ? .whatFits : .allOrNothing
        }

        /// The organization of accounts that name none: the given one, or the only one that there is. Each line of JSON
        /// may name its own.
        private func organizationName(_ installation: Installation) throws -> String? {
            if let organization { return organization }
            let page = try installation.store.organizations(of: nil, PageRequest(size: 5))
            guard page.total != 1 else { return page.items.first?.slug }
            guard !page.items.isEmpty else {
                throw CommandFailure(.noUser, "there is no organization yet: create one with `postern init`")
            }
            if origin.format == nil { return nil }
            let some = page.items.map { "\($0.slug)" }.sorted().joined(separator: ", ")
            throw ValidationError(
                "There are several organizations (\(some)\(page.next == nil ? "" : ", …")): give --organization.")
        }

        /// Reads the file to its end.
        ///
        /// - Returns: the word for the numbers of its records.
        private static func read(
            _ file: inout InputFile, from source: any ImportSource, into accounts: inout AccountImport
        ) throws -> ImportRecord.Unit {
            var reader = ImportReader(source)
            var count = 0
            func take(_ record: ImportReader.Record, _ accounts: inout AccountImport) throws(AuthenticationError) {
                count += 1
                try accounts.take(record)
                guard count.isMultiple(of: progressInterval) else { return }
                Terminal.note("\(count) \(accounts.unit.rawValue)s read, \(accounts.refusedCount) refused")
            }
            while !reader.hasEnded, let part = try file.next() {
                try reader.take(part) { record throws(AuthenticationError) in
                    try take(record, &accounts)
                }
            }
            try reader.finish { record throws(AuthenticationError) in try take(record, &accounts) }
            if count >= progressInterval { Terminal.note("writing") }
            return reader.unit
        }
    }
}
