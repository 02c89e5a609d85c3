public import System

/// An event in a server's life, for the log. It is reported on the thread that saw it.
public enum ServerEvent: Sendable, Equatable, CustomStringConvertible {
    /// No connection could be accepted; the server tries again. `code` is the `errno`, `times` the number of failures
    /// since the last report, of which there is at most one a second.
    case acceptFailed(code: Int32, times: Int)
    /// The rest of a request did not come within `receiveTimeout`: its connection was closed.
    case peerStalled
    /// The records on a connection must not be answered: it was closed.
    case refused(RecordFault)
    /// An answer could not be handed to the web server, mostly because its client had gone. `code` is the `errno`.
    case answerLost(code: Int32)
    /// Another process has put its socket in the place of this one's: the server stops.
    case takenOver
    /// The server is to stop. `inHand` requests are still being answered.
    case draining(inHand: Int)
    /// `unanswered` requests took longer than `drainTimeout` and were given up.
    case drainTimedOut(unanswered: Int)

    /// The text for the log.
    public var description: String {
        switch self {
        case .acceptFailed(let code, let times):
            "cannot accept connections: \(errorText(code)) (\(times) times); trying again"
        case .peerStalled: "the rest of a request did not come in time; its connection was closed"
        case .refused(let fault): "\(fault); its connection was closed"
        case .answerLost(let code): "an answer could not be delivered: \(errorText(code))"
        case .takenOver: "another process has taken over the socket"
        case .draining(let inHand): "stopping; \(inHand) requests in hand"
        case .drainTimedOut(let unanswered): "stopped without an answer to \(unanswered) requests that took too long"
        }
    }
}

/// The reason for which a `Server` cannot work at all.
public enum ServerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kernel refused a descriptor or a thread.
    case system(SystemError)
    /// The libfcgi that is loaded is not the one that this program knows how to use.
    case foreignLibrary

    /// The failure, and the remedy.
    public var description: String {
        switch self {
        case .system(let error):
            "cannot start: \(errorText(error.code)); check the limits on open files and threads"
        case .foreignLibrary: "the installed libfcgi is not the one that this program was built for: build it again"
        }
    }
}
