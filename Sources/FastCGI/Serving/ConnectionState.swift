/// The state of one connection, and every step that it can take: a value without I/O, so that a test walks through all
/// of them.
///
/// Each connection has one owner, and only the owner reads from it or writes to it. In the states in parentheses that
/// is the thread that has it in hand (a `Connection`), in those in brackets the table (`Connections`), out of which
/// exactly one thread takes it. Only the thread of `Server.run` takes the partial and the lingering ones, so it may
/// look at them while they stay in the table.
///
/// ```
///          accept
///             |
///             v
///        (accepted) ----------- left to a worker ----------+
///             | taken                                      |
///             v                                            v
///         (probing) <--------------- taken ------------ [ready]
///           | | |                                        ^ ^ ^
///           | | +--------- nothing has come -------------+ | |
///           | |                                            | |
///           | +-- part of a request --> [partial] -- rest -+ |
///           |                                                |
///           | request                                        |
///           v                                                |
///       (answering) ---------------- answered ---------------+
///        |  ^ |  ^ |
///        |  | |  | +-- answered before its end --> [lingering]
///        |  | v  | due
///        |  | [delayed]      the response is written
///        v  | due
///       [parked]             the request waits to be answered anew
/// ```
///
/// Every state but `accepted` and `delayed` leads to `closed`, too: by the end that the peer made, a fault in its
/// records, a deadline, or an answer after which nothing is to follow.
///
/// `ready` and `partial` are apart because libfcgi reads with a thread that waits for every byte: a worker is given
/// only connections on which nothing or a whole request lies, and one thread watches all those whose peer may stall.
enum ConnectionState: UInt8, CaseIterable {
    /// Just accepted, by the thread that has it in hand.
    case accepted
    /// Looked at by a thread, which finds out how much of a request has come.
    case probing
    /// Waits for a request, or with a whole one, for a worker.
    case ready
    /// Waits with a part of a request for its rest, until the receive timeout.
    case partial
    /// In the hand of a worker that reads a request, answers it and writes the response.
    case answering
    /// Waits, its request read, to be answered anew: something that other requests have under way stands in its way.
    case parked
    /// Waits, its response written but not sent to the end, for the moment at which the response may go out.
    case delayed
    /// Waits, its request answered before it had come in full, for the peer to see the answer and to close it. Closed
    /// at once it would take the answer with it.
    case lingering
    /// Closed, and its descriptor perhaps another's already.
    case closed

    /// An event in the life of a connection.
    enum Event: CaseIterable {
        /// A thread wants to look at it: something has arrived, or the server stops.
        case taken
        /// The thread that has it in hand leaves it to the workers.
        case dispatched
        /// A probe found nothing, and more may come.
        case foundNothing
        /// A probe found a part of a request, and the rest may come.
        case foundPart
        /// A probe found a request that can be answered: a whole one, or one that is too large whatever follows.
        case foundRequest
        /// A probe found management records, which have an answer without a request.
        case foundManagement
        /// A probe found remains of a request that is over.
        case foundRemains
        /// A probe found records that must not be answered.
        case foundFault
        /// A probe found that the peer has closed it, with no more than a part of a request.
        case foundEnd
        /// libfcgi could not read the request, and has closed it.
        case unreadable
        /// The handler wants the request answered anew later.
        case postponed
        /// The response is written, and its time has not come.
        case delayed
        /// The response has gone out, and the peer keeps the connection.
        case answered
        /// The response has gone out before the request had come in full.
        case answeredEarly
        /// The response has gone out, or has failed to, and nothing may follow.
        case answeredLast
        /// The time of a parked or delayed one has come.
        case due
        /// The peer of a parked one has gone, and reads no answer.
        case peerGone
        /// The time to wait for its peer is over.
        case stalled
        /// The kernel has no room to watch it.
        case unwatched
    }

    /// The owner's duty after a step.
    enum Action {
        /// Nothing: the event came too late, or makes no difference.
        case ignore
        /// Find out how much of a request has come.
        case probe
        /// Give it to the table, which has it watched for the next arrival.
        case wait
        /// Tell the peer that nothing follows, and give it to the table.
        case linger
        /// Answer the management records.
        case reply
        /// Throw the remains away.
        case discard
        /// Read the request and answer it.
        case answer
        /// Give it to the table, and its request to the delayed responses.
        case hold
        /// Answer the request anew.
        case resume
        /// Send the response to its end.
        case finish
        /// Close it.
        case close
        /// Count it out: it has been closed already.
        case forget
    }

    /// The state and the action that follow.
    struct Step: Equatable {
        let state: ConnectionState
        let action: Action

        init(_ state: ConnectionState, _ action: Action) { (self.state, self.action) = (state, action) }
    }

    /// The step that an event leads to.
    ///
    /// ```swift
    /// ConnectionState.ready.step(on: .taken)  // Step(.probing, .probe)
    /// ConnectionState.probing.step(on: .taken)  // Step(.probing, .ignore): another thread was faster
    /// ConnectionState.ready.step(on: .answered)  // nil: who does not have it in hand can't have answered
    /// ```
    ///
    /// - Returns: `nil` if the event can't happen in this state, which would be a fault of the program.
    func step(on event: Event) -> Step? {
        switch (self, event) {
        case (.accepted, .taken), (.ready, .taken): Step(.probing, .probe)
        case (.accepted, .dispatched), (.probing, .dispatched), (.probing, .foundNothing): Step(.ready, .wait)
        case (.probing, .foundPart): Step(.partial, .wait)
        case (.probing, .foundRequest): Step(.answering, .answer)
        case (.probing, .foundManagement): Step(.probing, .reply)
        case (.probing, .foundRemains): Step(.probing, .discard)
        case (.probing, .foundFault), (.probing, .foundEnd): Step(.closed, .close)

        // It stays where it is, so that its time goes on.
        case (.partial, .foundPart): Step(.partial, .ignore)
        case (.partial, .foundNothing), (.partial, .foundRequest), (.partial, .foundManagement),
            (.partial, .foundRemains):
            Step(.ready, .wait)
        case (.partial, .foundFault), (.partial, .foundEnd), (.partial, .stalled): Step(.closed, .close)

        case (.answering, .unreadable): Step(.closed, .forget)
        case (.answering, .postponed): Step(.parked, .hold)
        case (.answering, .delayed): Step(.delayed, .hold)
        case (.answering, .answered): Step(.ready, .wait)
        case (.answering, .answeredEarly): Step(.lingering, .linger)
        case (.answering, .answeredLast): Step(.closed, .close)

        case (.parked, .due): Step(.answering, .resume)
        case (.parked, .peerGone): Step(.closed, .close)
        case (.delayed, .due): Step(.answering, .finish)

        case (.lingering, .foundNothing): Step(.lingering, .ignore)
        case (.lingering, .foundEnd), (.lingering, .stalled): Step(.closed, .close)

        // A parked one need not be watched to be answered.
        case (.ready, .unwatched), (.partial, .unwatched), (.lingering, .unwatched): Step(.closed, .close)
        // Any thread may bring these, and another one may have been faster.
        case (_, .taken), (_, .due), (_, .peerGone), (_, .stalled), (_, .unwatched): Step(self, .ignore)
        default: nil
        }
    }

    /// True if the table owns it.
    var isWaiting: Bool {
        switch self {
        case .ready, .partial, .parked, .delayed, .lingering: true
        case .accepted, .probing, .answering, .closed: false
        }
    }

    /// True if the thread of `Server.run` watches it, and no worker.
    var isWatched: Bool {
        switch self {
        case .partial, .parked, .lingering: true
        case .accepted, .probing, .ready, .answering, .delayed, .closed: false
        }
    }
}
