import ArgumentParser
import AuthAPI
import HTTP
import Identity
import JSON

extension AccountCommand {
    /// `postern account import`
    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take over accounts of another system, with their password hashes.",
            discussion: """
                The file has a JSON object a line: email, password_hash (null for an account without password), and \
                optionally name, given_name, family_name, roles, state, created_at and organization. Hashes may be \
                bcrypt ($2a$, $2b$, $2y$), SHA-crypt ($5$, $6$), yescrypt ($y$), scrypt, Argon2id or PBKDF2 with \
                SHA-256, as crypt(3), PHC strings, passlib or Django write them. Each is renewed when its owner logs in.

                Unless told otherwise, nothing is taken over where one line is refused. It ends with 65 where some \
                were, and with 66 where the file cannot be read.
                """)

        @Argument(help: "The file; - for standard input.")
        var file: String

        @Option(help: "Slug or identifier of the organization of those accounts that name none.")
        var organization: String?

        @Flag(help: "Take over what is not refused.")
        var keepGoing = false

        @Flag(help: "Take over nothing: only tell what would be refused.")
        var dryRun = false

        @OptionGroup var output: OutputOptions

        /// The most bytes of a line: far more than any account has.
        private static let lineLimit = 64 << 10
        /// After how many lines progress is told.
        private static let progressInterval = 10_000

        func run() throws {
            let installation = try Installation()
            let outcome = try CommandFailure.wrapping {
                var accounts = try AccountImport(installation.service, organization: organization)
                try read(into: &accounts)
                return try accounts.finish(mode)
            }
            try output.show(json(outcome)) { try printText(outcome) }
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
                    let words = ["line \(refusal.line)"] + place.compactMap(\.self) + [fault.detail]
                    try Terminal.print(words.joined(separator: ": "))
                }
            }
            try Terminal.print(summary(outcome))
        }

        private func summary(_ outcome: AccountImport.Outcome) -> String {
            let refused = outcome.refusals.count
            if dryRun { return "\(outcome.accepted) accounts can be taken over, \(refused) lines are refused." }
            if keepGoing || refused == 0 { return "Took over \(outcome.added) accounts, refused \(refused) lines." }
            return "Nothing was taken over: \(refused) lines are refused, \(outcome.accepted) are right. "
                + "Mend the file, or give --keep-going."
        }

        private func json(_ outcome: AccountImport.Outcome) -> JSONValue {
            [
                "accepted": .number(outcome.accepted),
                "added": .number(outcome.added),
                "refused": .array(outcome.refusals.map(\.json)),
            ]
        }
    }
}

extension AccountImport.Refusal {
    fileprivate var json: JSONValue {
        [
            "line": .number(line),
            "email": .string(orNull: email.map { "\($0)" }),
            "errors": .array(
                faults.map { fault in
                    [
                        "field": .string(fault.field), "code": .string(fault.code.rawValue),
                        "detail": .string(fault.detail),
                    ]
                }),
        ]
    }
}
