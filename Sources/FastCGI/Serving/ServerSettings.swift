/// How a `Server` works. What is out of bounds is brought to the nearest bound.
public struct ServerSettings: Sendable, Equatable {
    /// The threads that answer requests: 1 to 1,024.
    public let threads: Int
    /// How many of them look for work at once, as long as none waits for something: 1 to `threads`.
    public let activeThreads: Int
    /// The most bytes of a request's body: 0 to 32 KiB, so that half of the 64 KiB that are looked at is left for the
    /// parameters.
    public let bodyLimit: Int
    /// How long the rest of a request may take to come once it has begun: at least a millisecond.
    public let receiveTimeout: Duration
    /// How long a web server that does not read may hold up its answer: at least a millisecond.
    public let sendTimeout: Duration
    /// How long requests in hand may take once the server is to stop.
    public let drainTimeout: Duration
    /// How long a web server may keep a connection that it has no request for, once the server is to stop and has asked
    /// it to let go. Longer than the web server's own timeout for such connections, so that no request can meet the end.
    public let releaseTimeout: Duration

    /// Makes settings.
    public init(
        threads: Int = 8, activeThreads: Int = .max, bodyLimit: Int = 16 * 1024, receiveTimeout: Duration = .seconds(5),
        sendTimeout: Duration = .seconds(5), drainTimeout: Duration = .seconds(30),
        releaseTimeout: Duration = .seconds(10)
    ) {
        self.threads = min(max(threads, 1), 1024)
        self.activeThreads = min(max(activeThreads, 1), self.threads)
        self.bodyLimit = min(max(bodyLimit, 0), 32 << 10)
        self.receiveTimeout = max(receiveTimeout, .milliseconds(1))
        self.sendTimeout = max(sendTimeout, .milliseconds(1))
        self.drainTimeout = max(drainTimeout, .zero)
        self.releaseTimeout = max(releaseTimeout, .zero)
    }
}
