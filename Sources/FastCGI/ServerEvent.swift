import System

/// What a `Server` tells about itself, for the log. It is told on the thread that saw it.
public enum ServerEvent: Sendable, Equatable, CustomStringConvertible {
    /// No connection could be taken; it is tried again. `code` is the `errno`, `times` how often since this was last
    /// told: it is told at most once a second.
    case acceptFailed(code: Int32, times: Int)
    /// The rest of a request did not come within `receiveTimeout`: its connection was closed.
    case peerStalled
    /// What came on a connection was not answered: it was closed.
    case refused(Refusal)
    /// An answer could not be handed to the web server, mostly because its client had gone. `code` is the `errno`.
    case answerLost(code: Int32)
    /// Another process has put its socket in the place of this one's: the server stops.
    case takenOver
    /// The server is to stop. `inHand` requests are still being answered.
    case draining(inHand: Int)
    /// `unanswered` requests took longer than `drainTimeout` and were given up.
    case drainTimedOut(unanswered: Int)

    /// What happened, for the log.
    public var description: String {
        switch self {
        case .acceptFailed(let code, let times):
            "cannot accept connections: \(errorText(code)) (\(times) times); trying again"
        case .peerStalled: "the rest of a request did not come in time; its connection was closed"
        case .refused(let refusal): "\(refusal); its connection was closed"
        case .answerLost(let code): "an answer could not be delivered: \(errorText(code))"
        case .takenOver: "another process has taken over the socket"
        case .draining(let inHand): "stopping; \(inHand) requests in hand"
        case .drainTimedOut(let unanswered): "stopped without an answer to \(unanswered) requests that took too long"
        }
    }
}

/// Why a `Server` cannot work at all.
public enum ServerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kernel refused a descriptor or a thread; `code` is the `errno`.
    case resources(code: Int32)
    /// The libfcgi that is loaded is none that this program knows how to use.
    case foreignLibrary

    /// What failed, and what to do about it.
    public var description: String {
        switch self {
        case .resources(let code): "cannot start: \(errorText(code)); check the limits on open files and threads"
        case .foreignLibrary: "the installed libfcgi is not the one that this program was built for: build it again"
        }
    }
}

/// Runs calls whose failures leave the server without what it needs.
func requiring<Value>(_ calls: () throws(SystemError) -> Value) throws(ServerError) -> Value {
    do throws(SystemError) {
        return try calls()
    } catch {
        throw .resources(code: error.code)
    }
}

/// What a `Server` is doing at a moment.
public struct ServerStatus: Sendable, Equatable {
    /// The threads that answer requests.
    public let threads: Int
    /// Requests that threads read or answer. Those whose answers are held back take none.
    public let inHand: Int
    /// Open connections without a request.
    public let idle: Int
    /// Connections whose request has come in part, those among them that were answered all the same.
    public let incomplete: Int
    /// Connections taken since the start.
    public let accepted: Int
    /// Requests answered since the start.
    public let answered: Int
}
