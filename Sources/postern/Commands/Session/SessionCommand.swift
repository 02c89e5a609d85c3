import ArgumentParser
import AuthAPI
import Identity
import JSON

/// `postern session`
struct SessionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session", abstract: "List and end sessions.",
        subcommands: [List.self, End.self, EndAll.self])

    /// `postern session list`
    struct List: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the valid sessions of an account, oldest first, or of all accounts, newest first.",
            discussion: """
                Examples:
                  postern session list ann@example.org
                  postern session list --limit 20
                """)

        @Argument(help: "The account's email address or identifier (acct_…). Default: all accounts.")
        var account: String?

        @OptionGroup var length: LimitOption

        @OptionGroup var output: OutputOptions

        func run(_ installation: Installation) throws {
            let names = AccountNames(installation)
            try output.list(
                [
                    "ID": { "\($0.session.id)" }, "ACCOUNT": \.account, "CREATED": { "\($0.session.createdAt)" },
                    "LAST SEEN": { "\($0.session.lastSeen)" }, "EXPIRES": { "\($0.session.expiresAt)" },
                    "ADDRESS": \.session.address.orDash, "USER AGENT": \.session.userAgent.orDash,
                ],
                parts: { body in
                    try forEachPart(in: installation) { sessions in
                        try body(
                            sessions.map { session in
                                NamedSession(
                                    session: session, account: try names.name(session.account) ?? "-")
                            })
                    }
                }, json: \.json)
        }

        private func forEachPart(in installation: Installation, _ body: ([Session]) throws -> Void) throws {
            if let account {
                let id = try installation.account(account).id
                return try Pages.forEach(
                    limit: length.limit, { try installation.service.sessions(of: id, $0, by: .operator) }, body)
            }
            var rest = try installation.service.sessionIDs(limit: length.limit)[...]
            repeat {
                // Those that have ended meanwhile are no longer there.
                try body(try installation.store.sessions(Array(rest.prefix(PageRequest.sizes.upperBound))))
                rest = rest.dropFirst(PageRequest.sizes.upperBound)
            } while !rest.isEmpty
        }
    }

    /// A session with the name of its account.
    private struct NamedSession {
        let session: Session
        let account: String

        var json: JSONValue {
            session.json(isCurrent: false).with([
                "account_id": .string("\(session.account)"), "account_email": .string(account),
            ])
        }
    }

    /// `postern session end`
    struct End: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a session: it is refused from the next request on.",
            discussion: """
                Example:
                  postern session end ann@example.org sess_2f6c1a90b7d34e58
                """)

        @OptionGroup var subject: AccountArgument

        @Argument(help: "The session's identifier (sess_…), as `postern session list` shows it.")
        var session: Identifier<Session>

        @OptionGroup var output: OutputOptions

        func run(_ installation: Installation) throws {
            let account = try installation.account(subject.account)
            guard try installation.service.endSessions(.one(session), of: account.id, by: .operator) > 0 else {
                throw CommandFailure(.noUser, "\(subject.account) has no session \(session)")
            }
            try output.show(["id": .string("\(session)"), "ended": .bool(true)]) {
                try Terminal.print("Ended \(session)")
            }
        }
    }

    /// `postern session end-all`
    struct EndAll: InstallationCommand {
        static let configuration = CommandConfiguration(
            commandName: "end-all", abstract: "End all sessions of an account, which must then log in again.")

        @OptionGroup var subject: AccountArgument

        @OptionGroup var output: OutputOptions

        func run(_ installation: Installation) throws {
            let account = try installation.account(subject.account)
            let count = try installation.service.endSessions(.all, of: account.id, by: .operator)
            try output.show(["ended": .number(count)]) {
                try Terminal.print("Ended \(count.of("session", "sessions")) of \(subject.account)")
            }
        }
    }
}
