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
        abstract: "An authentication backend behind nginx, Apache, lighttpd or Caddy, over FastCGI or CGI.",
        discussion: """
            Settings are read from the environment (POSTERN_…), over the file that POSTERN_CONFIG names (/dev/null for \
            none), by default /etc/postern/postern.env. `postern check --all` prints them all.

            First steps:
              postern init --organization "Aurora Labs" --owner you@example.org
              postern check
              postern account create --email ann@example.org --organization aurora-labs
            """,
        version: version,
        subcommands: [
            Serve.self, Initialize.self, Check.self, AccountCommand.self, UserCommand.self, OrganizationCommand.self,
            SessionCommand.self, TokenCommand.self, AuditCommand.self, ThrottleCommand.self, Prune.self, Backup.self,
            Restore.self, CopyCommand.self, PasswordCommand.self, KeyCommand.self,
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
            try run(CommandLine.arguments.dropFirst(), variables)
        } catch {
            if let failure = CommandFailure(any: error) { Glibc.exit(failure.report()) }
            exit(withError: error)
        }
    }

    /// Runs the command that the arguments name.
    ///
    /// The argument parser takes 6.2 million instructions and 3.3 ms even for a single command, more than the rest of
    /// the process's start (2.5 million), so the two starts that count by the millisecond go without it.
    private static func run(_ arguments: ArraySlice<String>, _ variables: [String: String]) throws {
        switch arguments {
        case [] where Listener.inheritedAddress(environment: variables) != nil, ["serve"]: try Responder().run()
        case ["--version"]: try Terminal.print(version)
        default:
            if let fault = CommandNames.fault(in: arguments, of: Self.self) {
                throw wrongUsage(fault.message, of: fault.command)
            }
            var command = try parseAsRoot(Array(arguments))
            do {
                try command.run()
            } catch let error as ValidationError {
                throw wrongUsage(error.message, of: type(of: command))
            }
        }
    }

    /// Tells a wrong usage with that of the command itself: the parser knows no command before it has read the line,
    /// lets go of it before it runs, and would tell the usage of the whole program.
    private static func wrongUsage(_ message: String, of command: any ParsableCommand.Type) -> ExitCode {
        Terminal.note("Error: \(message)\nUsage: \(usageString(for: command))")
        return .validationFailure
    }

    /// Answers the one request of a CGI run. It does not look at the command line, which a client may have written.
    private static func runCGI(_ variables: [String: String]) -> Int32 {
        let request = MetaVariables(variables)
        let limit = AuthAPI.Settings.bodyLimit
        do throws(CommandFailure) {
            let installation = try Installation(isThorough: false)
            let isAnswered = CGIProgram.run(installation.api(), environment: request, bodyLimit: limit)
            installation.housekeeping().recordCredentialUse()
            return isAnswered ? EXIT_SUCCESS : EXIT_FAILURE
        } catch {
            let code = error.report()
            let unavailable = Unavailable(requestIDs: ProgramEnvironment.process.requestIDs)
            _ = CGIProgram.run(unavailable, environment: request, bodyLimit: limit)
            return code
        }
    }
}
