import ArgumentParser
import AuthAPI
import Identity
import JSON

/// `postern session`
struct SessionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session", abstract: "List and end the sessions of an account.",
        subcommands: [List.self, End.self, EndAll.self])

    /// `postern session list`
    struct List: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the valid sessions of an account, oldest first.")

        @OptionGroup var subject: AccountArgument

        @OptionGroup var output: OutputOptions

        func run(_ installation: Installation) throws {
            let account = try installation.account(subject.account)
            try output.list(
                [
                    "ID": { "\($0.id)" }, "CREATED": { "\($0.createdAt)" }, "LAST SEEN": { "\($0.lastSeen)" },
                    "EXPIRES": { "\($0.expiresAt)" }, "ADDRESS": \.address.orDash, "USER AGENT": \.userAgent.orDash,
                ],
                { try installation.service.sessions(of: account.id, $0, by: .operator) },
                json: { $0.json(isCurrent: false) })
        }
    }

    /// `postern session end`
    struct End: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a session: it is refused from the next request on.")

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
