/// The numbers by which a `Server` works. A value out of its bounds ends the process: whoever reads the settings of an
/// operator checks them there.
///
/// ```swift
/// let settings = ServerSettings(threads: 16, activeThreads: 4, receiveTimeout: .seconds(10))
/// ```
public struct ServerSettings: Sendable, Equatable {
    /// The bounds of `threads`: the sum of all that an operator may set stays within them.
    public static let threadRange = 1...4096
    /// The bounds of `bodyLimit`: half of the 64 KiB that are looked at is left for the parameters.
    public static let bodyLimitRange = 0...32 << 10

    /// The threads that answer requests.
    public let threads: Int
    /// The threads that look for work at once, as long as none waits for something: 1 to `threads`.
    public let activeThreads: Int
    /// The most bytes of a request's body.
    public let bodyLimit: Int
    /// The time for the rest of a request once its first byte has come: at least a millisecond.
    public let receiveTimeout: Duration
    /// The time for which a web server that does not read may hold up its answer: at least a millisecond.
    public let sendTimeout: Duration
    /// The time for requests in hand once the server is to stop.
    public let drainTimeout: Duration
    /// The time for which a web server may keep a connection without a request, once the server is to stop and has
    /// asked it to let go. Longer than the web server's own timeout for such connections, so that no request can meet
    /// the end.
    public let releaseTimeout: Duration

    /// Makes settings.
    ///
    /// - Precondition: each value is within its bounds.
    public init(
        threads: Int = 8, activeThreads: Int? = nil, bodyLimit: Int = 16 * 1024, receiveTimeout: Duration = .seconds(5),
        sendTimeout: Duration = .seconds(5), drainTimeout: Duration = .seconds(30),
        releaseTimeout: Duration = .seconds(10)
    ) {
        let activeThreads = activeThreads ?? threads
        precondition(Self.threadRange.contains(threads), "\(threads) threads are out of bounds")
        precondition((1...threads).contains(activeThreads), "\(activeThreads) active threads are out of bounds")
        precondition(Self.bodyLimitRange.contains(bodyLimit), "a body limit of \(bodyLimit) bytes is out of bounds")
        precondition(min(receiveTimeout, sendTimeout) >= .milliseconds(1), "a timeout is below a millisecond")
        precondition(min(drainTimeout, releaseTimeout) >= .zero, "a timeout is negative")
        self.threads = threads
        self.activeThreads = activeThreads
        self.bodyLimit = bodyLimit
        self.receiveTimeout = receiveTimeout
        self.sendTimeout = sendTimeout
        self.drainTimeout = drainTimeout
        self.releaseTimeout = releaseTimeout
    }
}
