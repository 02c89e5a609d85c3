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
            Counters are kept as digests: they can be looked up for an account or an address, and not listed. The log names \
            the one that refused a request in `throttled`.
            """,
        subcommands: [Show.self, Clear.self])

    /// Whose counters are meant.
    struct Subject: ParsableArguments {
        @Option(help: "Email address or identifier of an account. An address without an account has counters too.")
        var account: String?

        @Option(help: "The client's IP address. IPv6: its /64 network.")
        var address: IPAddress?
    }

    /// `postern throttle show`
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the counters of an account, of a client address, and of both together.",
            discussion: """
                account: failed logins to the account. password: wrong present passwords where its own is to be changed. \
                address: failed logins from the address. registration: registrations from it. token: bad API tokens from \
                it. pair: failed logins to the account from the address. familiar: the address lately logged in to the \
                account, so that failures of others do not count for it.
                """)

        @OptionGroup var subject: Subject

        @OptionGroup var output: OutputOptions

        func validate() throws {
            if subject.account == nil && subject.address == nil {
                throw ValidationError("Give --account or --address.")
            }
        }

        func run() throws {
            let installation = try Installation()
            let found = try CommandFailure.wrapping {
                try installation.service.attempts(account: subject.account, address: subject.address?.description)
            }
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
    struct Clear: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget attempts that were counted, so that the next one is let through.",
            discussion: """
                With --account and --address the counter of both together is cleared too; with --account alone those of \
                the account with each address stay. The audit log says that it was done.
                """)

        @OptionGroup var subject: Subject

        @Flag(help: "Clear all counters, of everybody.")
        var all = false

        @OptionGroup var output: OutputOptions

        func validate() throws {
            let isNamed = subject.account != nil || subject.address != nil
            if all == isNamed { throw ValidationError("Give --account, --address or both, or --all.") }
        }

        func run() throws {
            let installation = try Installation()
            let count = try CommandFailure.wrapping {
                all
                    ? try installation.service.clearAllAttempts(by: .operator)
                    : try installation.service.clearAttempts(
                        account: subject.account, address: subject.address?.description, by: .operator)
            }
            try output.show(["cleared": .number(count)]) {
                try Terminal.print("Cleared \(count) \(count == 1 ? "counter" : "counters")")
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
