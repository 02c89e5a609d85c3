import ArgumentParser
import AuthAPI
import HTTP
import Identity
import JSON

/// `postern throttle`
struct ThrottleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "throttle", abstract: "Show and clear the counters of attempts.",
        discussion: """
            Counters are stored as digests: they can be looked up for an account or an address, but not listed. The \
            log names the counter that refused a request in `throttled`.
            """,
        subcommands: [Show.self, Clear.self])

    /// The account and the address of the counters.
    struct Subject: ParsableArguments {
        @Option(help: "Email address or identifier of an account. An address without an account has counters too.")
        var account: String?

        @Option(help: "The client's IP address. IPv6: its /64 network.")
        var address: IPAddress?

        var isEmpty: Bool { account == nil && address == nil }
    }

    /// `postern throttle show`
    struct Show: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the counters of an account, of a client address, and of the two together.",
            discussion: """
                account: failed logins to the account. password: wrong current passwords when the account changes its \
                own. address: failed logins from the address. registration: registrations from it. token: invalid API \
                tokens from it. pair: failed logins to the account from the address. familiar: the address has \
                recently logged in to the account, so that failures of others do not count for it.
                """)

        @OptionGroup var subject: Subject

        @OptionGroup var output: OutputOptions

        func validate() throws {
            if subject.isEmpty { throw ValidationError("Give --account or --address.") }
        }

        func run(_ installation: Installation) throws {
            let found = try installation.service.attempts(
                account: subject.account, address: subject.address?.description)
            try output.show(.array(found.map(\.json))) {
                var table = Table(["COUNTER", "ATTEMPTS", "SINCE", "NEXT IN", "FORGOTTEN"])
                try table.print(
                    found.map { attempts in
                        [
                            attempts.name.rawValue, "\(attempts.counter.attempts)", "\(attempts.counter.since)",
                            attempts.wait.map { "\($0) s" } ?? "now", "\(attempts.counter.expiresAt)",
                        ]
                    })
            }
        }
    }

    /// `postern throttle clear`
    struct Clear: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "Clear counters of attempts, so that the next attempt is let through.",
            discussion: """
                With --account and --address the counter of the two together is cleared too; with --account alone the \
                counters of the account with each address stay. The audit log records it.
                """)

        @OptionGroup var subject: Subject

        @Flag(help: "Clear every counter.")
        var all = false

        @OptionGroup var output: OutputOptions

        func validate() throws {
            if all != subject.isEmpty { throw ValidationError("Give --account, --address or both, or --all.") }
        }

        func run(_ installation: Installation) throws {
            let count =
                all
                ? try installation.service.clearAllAttempts(by: .operator)
                : try installation.service.clearAttempts(
                    account: subject.account, address: subject.address?.description, by: .operator)
            try output.show(["cleared": .number(count)]) {
                try Terminal.print("Cleared \(count.of("counter", "counters"))")
            }
        }
    }
}

extension CountedAttempts {
    fileprivate var json: JSONValue {
        [
            "counter": .string(name.rawValue), "attempts": .number(Int(counter.attempts)),
            "since": .string("\(counter.since)"), "next_in": wait.map { .number(Int($0)) } ?? .null,
            "expires_at": .string("\(counter.expiresAt)"),
        ]
    }
}
