import ArgumentParser
import AuthAPI
import HTTP
import Identity
import JSON

extension AccountCommand {
    /// `postern account import`
    struct Import: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "Import accounts of another system, with their password hashes.",
            discussion: """
                The file has a JSON object on each line: email, password_hash (null for an account without password), \
                and optionally name, given_name, family_name, roles, state, created_at and organization. Hashes may be \
                those of bcrypt ($2b$), SHA-crypt, MD5-crypt and yescrypt, phpass and WordPress ($P$, $wp$2y$), \
                Django and passlib, scrypt, Argon2id, PBKDF2, LDAP ({SSHA}) and Firebase: the manual has a table. Each \
                is renewed when its owner logs in.

                Unless --keep-going is given, one refused line refuses the whole file. The command exits with 65 if \
                lines were refused, and with 66 if the file cannot be read.
                """)

        @Argument(help: "The file; - for standard input.")
        var file: String

        @Option(help: "Slug or identifier of the organization of the accounts that name none.")
        var organization: String?

        @Flag(help: "Import the lines that are not refused.")
        var keepGoing = false

        @Flag(help: "Import nothing, and only report the lines that would be refused.")
        var dryRun = false

        @OptionGroup var output: OutputOptions

        /// The most bytes of a line: far more than any account takes.
        private static let lineLimit = 64 << 10
        /// The number of lines after which progress is reported.
        private static let progressInterval = 10_000

        func run(_ installation: Installation) throws {
            var accounts = try AccountImport(installation.service, organization: organization)
            try read(into: &accounts)
            let outcome = try accounts.finish(mode)
            try output.show(outcome.json) { try printText(outcome) }
            if !outcome.refusals.isEmpty { throw ExitCode(CommandFailure.Code.dataError.rawValue) }
        }

        private var mode: ImportMode {
            if dryRun { return .dryRun }
            return keepGoing ? .whatFits : .allOrNothing
        }

        private func read(into accounts: inout AccountImport) throws {
            var reader = try LineReader(path: file, limit: Self.lineLimit)
            var number = 0
            while let line = try reader.next() {
                number += 1
                try Self.take(line, number, &accounts)
                if number.isMultiple(of: Self.progressInterval) {
                    Terminal.note("\(number) lines read, \(accounts.refusedCount) refused")
                }
            }
            if number >= Self.progressInterval { Terminal.note("writing") }
        }

        private static func take(_ line: LineReader.Line, _ number: Int, _ accounts: inout AccountImport) throws {
            guard case .text(let text) = line else {
                let detail = "The line has more than \(lineLimit) bytes."
                accounts.refuse(line: number, faults: [InputFault("", .tooLong, detail)])
                return
            }
            if text.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) { return }
            do throws(AuthenticationError) {
                try accounts.add(ImportForm(json: RequestBody(text)), line: number)
            } catch {
                guard case .invalidInput(let faults) = error else { throw error }
                accounts.refuse(line: number, faults: faults)
            }
        }

        private func printText(_ outcome: AccountImport.Outcome) throws {
            for refusal in outcome.refusals {
                for fault in refusal.faults {
                    let place = [refusal.email.map { "\($0)" }, fault.field.isEmpty ? nil : fault.field]
                    let parts = ["line \(refusal.line)"] + place.compactMap(\.self) + [fault.detail]
                    try Terminal.print(parts.joined(separator: ": "))
                }
            }
            try Terminal.print(summary(outcome))
        }

        private func summary(_ outcome: AccountImport.Outcome) -> String {
            let refused = outcome.refusals.count
            if dryRun { return "\(outcome.accepted) accounts can be imported, \(refused) lines are refused." }
            if keepGoing || refused == 0 { return "Imported \(outcome.added) accounts, refused \(refused) lines." }
            return
                "Nothing was imported: \(refused) lines are refused, \(outcome.accepted) are valid. Correct the file, "
                + "or give --keep-going."
        }
    }
}

extension AccountImport.Outcome {
    fileprivate var json: JSONValue {
        [
            "accepted": .number(accepted), "added": .number(added),
            "refused": .array(
                refusals.map { refusal in
                    [
                        "line": .number(refusal.line), "email": .string(orNull: refusal.email.map { "\($0)" }),
                        "errors": .array(refusal.faults.map(\.json)),
                    ]
                }),
        ]
    }
}

extension InputFault {
    fileprivate var json: JSONValue {
        ["field": .string(field), "code": .string(code.rawValue), "detail": .string(detail)]
    }
}
