import AuthAPI
import Cryptography
import Glibc
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
    /// The time since 1970, finer than `clock` has it.
    var timeOfDay: @Sendable () -> Duration = {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
    var random: any RandomSource = OpenSSLRandomSource()
    /// Numbers that need not be secret, such as waits that shall differ between processes.
    var number: @Sendable () -> UInt64 = {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
    /// The identifiers of the requests, a sequence that begins elsewhere in each process.
    var requestIDs: RequestIDs = {
        var generator = SystemRandomNumberGenerator()
        return RequestIDs(seed: generator.next())
    }()
}
