import ArgumentParser
import AuthAPI
import Identity

/// `postern session`
struct SessionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session", abstract: "List and end the sessions of an account.",
        subcommands: [List.self, End.self, EndAll.self])

    /// `postern session list`
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the sessions of an account that still count, the oldest first.")

        @OptionGroup var subject: AccountArgument

        @OptionGroup var output: OutputOptions

        func run() throws {
            let installation = try Installation()
            let account = try installation.account(subject.account)
            try output.list(
                ["ID", "CREATED", "LAST SEEN", "EXPIRES", "ADDRESS", "USER AGENT"],
                { try installation.service.sessions(of: account.id, $0, by: .operator) },
                row: { session in
                    [
                        "\(session.id)", "\(session.createdAt)", "\(session.lastSeen)", "\(session.expiresAt)",
                        session.address.orDash, session.userAgent.orDash,
                    ]
                }, json: { $0.json(isCurrent: false) })
        }
    }

    /// `postern session end`
    struct End: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a session: it is refused from the next request on.")

        @OptionGroup var subject: AccountArgument

        @Argument(help: "The session's identifier (sess_…), as `postern session list` shows it.")
        var session: Identifier<Session>

        @OptionGroup var output: OutputOptions

        func run() throws {
            let count = try end(.one(session), of: subject)
            guard count > 0 else { throw CommandFailure(.noUser, "\(subject.account) has no session \(session)") }
            try output.show(["id": .string("\(session)"), "ended": .bool(true)]) {
                try Terminal.print("Ended \(session)")
            }
        }
    }

    /// `postern session end-all`
    struct EndAll: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "end-all", abstract: "End all sessions of an account: each must log in again.")

        @OptionGroup var subject: AccountArgument

        @OptionGroup var output: OutputOptions

        func run() throws {
            let count = try end(.all, of: subject)
            try output.show(["ended": .number(count)]) {
                try Terminal.print("Ended \(count) \(count == 1 ? "session" : "sessions") of \(subject.account)")
            }
        }
    }
}

/// - Returns: how many there were.
private func end(_ sessions: SessionSelection, of subject: AccountArgument) throws(CommandFailure) -> Int {
    let installation = try Installation()
    let account = try installation.account(subject.account)
    return try CommandFailure.wrapping {
        try installation.service.endSessions(sessions, of: account.id, by: .operator)
    }
}
