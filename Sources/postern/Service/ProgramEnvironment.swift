import AuthAPI
import Cryptography
import Identity
import System

/// The surroundings of the program: variables, time and randomness, which everything else is handed. Tests make their
/// own.
///
/// ```swift
/// let installation = try Installation(environment: ProgramEnvironment(variables: ["POSTERN_DATABASE": path]))
/// ```
struct ProgramEnvironment: Sendable {
    /// The surroundings of this process, as they were at its start.
    static let process = ProgramEnvironment(variables: ProcessSurroundings.environment)

    let variables: [String: String]
    var clock = WallClock.system
    var random: any RandomSource = OpenSSLRandomSource()
    /// The identifiers of the requests, a sequence that begins elsewhere in each process.
    var requestIDs: RequestIDs = {
        var generator = SystemRandomNumberGenerator()
        return RequestIDs(seed: generator.next())
    }()
}
