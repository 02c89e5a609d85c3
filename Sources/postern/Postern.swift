import ArgumentParser
import AuthAPI
import FastCGI
import FoundationEssentials
import Gateway
import Glibc
import System

/// The program: a CGI run where the environment says so, a FastCGI responder where a web server started it with a
/// listening socket, else what the command line says.
@main
struct Postern: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postern",
        abstract: "An authentication backend behind nginx or Apache, over FastCGI or CGI.",
        discussion: """
            Settings are read from the environment (POSTERN_…) over the file that POSTERN_CONFIG names (/dev/null for \
            none), else /etc/postern/postern.env. `postern check` prints them all.
            """,
        version: version,
        subcommands: [
            Serve.self, Initialize.self, Check.self, AccountCommand.self, UserCommand.self, OrganizationCommand.self,
            SessionCommand.self, TokenCommand.self, AuditCommand.self, ThrottleCommand.self, Prune.self, Backup.self,
            Restore.self,
        ])

    /// The program's version.
    static let version = "0.1.0"

    static func main() {
        // Files that are made, such as the database, are for this user alone.
        umask(0o077)
        // A peer that went away is seen by the failing write.
        signal(SIGPIPE, SIG_IGN)
        do throws(ProcessRightsError) {
            try ProcessRights.harden()
        } catch {
            Terminal.note("postern: \(error)")
            Glibc.exit(CommandFailure(error).code.rawValue)
        }
        let environment = ProcessInfo.processInfo.environment
        if CGIProgram.isRequest(MetaVariables(environment)) { Glibc.exit(runCGI(environment)) }
        do {
            if CommandLine.arguments.count == 1, Listener.inheritedAddress(environment: environment) != nil {
                try Serve.parse([]).run()
                return
            }
            var command = try parseAsRoot()
            try command.run()
        } catch let failure as CommandFailure {
            for line in failure.lines { Terminal.note("postern: \(line)") }
            Glibc.exit(failure.code.rawValue)
        } catch {
            exit(withError: error)
        }
    }

    /// Answers the one request of a CGI run. The command line is not looked at: a client may have written it.
    private static func runCGI(_ environment: [String: String]) -> Int32 {
        let variables = MetaVariables(environment)
        let limit = AuthAPI.Settings.bodyLimit
        do throws(CommandFailure) {
            let installation = try Installation()
            let isAnswered = CGIProgram.run(installation.api(), environment: variables, bodyLimit: limit)
            installation.housekeeping().recordCredentialUse()
            return isAnswered ? EXIT_SUCCESS : EXIT_FAILURE
        } catch {
            for line in error.lines { Terminal.note("postern: \(line)") }
            _ = CGIProgram.run(Unavailable(), environment: variables, bodyLimit: limit)
            return error.code.rawValue
        }
    }
}
