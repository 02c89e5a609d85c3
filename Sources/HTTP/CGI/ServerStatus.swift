/// The threads and the connections of a server at one moment, for its status page and its metrics.
public struct ServerStatus: Sendable, Equatable {
    /// Threads that answer requests.
    public var threads: Int
    /// Requests that threads read or answer. A request whose response is delayed occupies none.
    public var inHand: Int
    /// Open connections without a request.
    public var idle: Int
    /// Connections whose request has come only in part, including those answered already.
    public var incomplete: Int
    /// Connections accepted since the start.
    public var accepted: Int
    /// Requests answered since the start.
    public var answered: Int

    /// Makes a status from its parts.
    public init(threads: Int, inHand: Int, idle: Int, incomplete: Int, accepted: Int, answered: Int = 0) {
        self.threads = threads
        self.inHand = inHand
        self.idle = idle
        self.incomplete = incomplete
        self.accepted = accepted
        self.answered = answered
    }
}
