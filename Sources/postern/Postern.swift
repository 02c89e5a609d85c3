import ArgumentParser
import AuthAPI
import FastCGI
import Glibc
import HTTP
import System

/// The program: a CGI run if the environment says so, a FastCGI responder if a web server started it with a listening
/// socket, otherwise the command that the arguments name.
@main
struct Postern: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postern",
        abstract: "An authentication backend behind nginx or Apache, over FastCGI or CGI.",
        discussion: """
            Settings are read from the environment (POSTERN_…), over the file that POSTERN_CONFIG names (/dev/null for \
            none), by default /etc/postern/postern.env. `postern check` prints them all.
            """,
        version: version,
        subcommands: [
            Serve.self, Initialize.self, Check.self, AccountCommand.self, UserCommand.self, OrganizationCommand.self,
            SessionCommand.self, TokenCommand.self, AuditCommand.self, ThrottleCommand.self, Prune.self, Backup.self,
            Restore.self,
        ])

    static let version = "0.1.0"

    static func main() {
        // New files, such as the database, are for this user alone.
        umask(0o077)
        // A write to a closed connection fails, rather than end the process.
        signal(SIGPIPE, SIG_IGN)
        do throws(ProcessRightsError) {
            try ProcessRights.harden()
        } catch {
            Glibc.exit(CommandFailure(error).report())
        }
        let variables = ProgramEnvironment.process.variables
        if CGIProgram.isRequest(MetaVariables(variables)) { Glibc.exit(runCGI(variables)) }
        do {
            var command = try command(variables)
            try command?.run()
        } catch {
            if let failure = CommandFailure(any: error) { Glibc.exit(failure.report()) }
            exit(withError: error)
        }
    }

    /// The command that the arguments name; `nil` if nothing is left to do.
    ///
    /// The parser reads the declarations of all commands before it looks at the first argument. The two starts that
    /// count by the millisecond, of a responder and for the version, go past it.
    private static func command(_ variables: [String: String]) throws -> (any ParsableCommand)? {
        let arguments = CommandLine.arguments.dropFirst()
        switch arguments.first {
        case nil where Listener.inheritedAddress(environment: variables) != nil: return try Serve.parse([])
        case "--version" where arguments.count == 1:
            try Terminal.print(version)
            return nil
        case "serve":
            // Faults and calls for help are told by the parser of the whole, which knows the command's full name.
            if let serve = try? Serve.parse(Array(arguments.dropFirst())) { return serve }
        default: break
        }
        return try parseAsRoot()
    }

    /// Answers the one request of a CGI run. It does not look at the command line, which a client may have written.
    private static func runCGI(_ variables: [String: String]) -> Int32 {
        let request = MetaVariables(variables)
        let limit = AuthAPI.Settings.bodyLimit
        do throws(CommandFailure) {
            let installation = try Installation()
            let isAnswered = CGIProgram.run(installation.api(), environment: request, bodyLimit: limit)
            installation.housekeeping().recordCredentialUse()
            return isAnswered ? EXIT_SUCCESS : EXIT_FAILURE
        } catch {
            let code = error.report()
            _ = CGIProgram.run(Unavailable(requestIDs: ProgramEnvironment.process.requestIDs), environment: request, bodyLimit: limit)
            return code
        }
    }
}
