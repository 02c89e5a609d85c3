import ArgumentParser

/// `postern serve`
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answer requests as a FastCGI responder, until SIGTERM or SIGINT.",
        discussion: """
            It listens on an inherited socket (descriptor 0, or LISTEN_FDS of systemd), otherwise at the address in \
            \(Settings.listen.key). On SIGTERM or SIGINT it answers the requests in progress and exits with 0. On \
            SIGHUP it reads the settings again; the log names the changed settings that need a restart.
            """)

    @Flag(
        help: "Take over the Unix socket from the process that serves on it, which then exits without losing a request."
    )
    var takeOver = false

    @Option(help: "Started as root: become this user once the socket is made.")
    var user: String?

    @Option(help: "The group to take with --user, instead of the user's own.")
    var group: String?

    func validate() throws {
        if group != nil && user == nil { throw ValidationError("--group needs --user") }
    }

    func run() throws { try Responder(takesOver: takeOver, user: user, group: group).run() }
}
