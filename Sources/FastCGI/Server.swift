public import Gateway
import Glibc
import Synchronization
import System

/// Answers the FastCGI requests of a web server (FastCGI 1.0, roles responder and authorizer).
///
/// The connections are this type's, the protocol is libfcgi's. Threads wait for the listening socket and for every
/// connection at once, no more of them than can be at work (see `ActiveThreads`), and a connection is handed to libfcgi
/// only when a whole request lies ready on it. So neither an idle connection nor a peer that stalls inside a request
/// costs a thread. The thread of `run` watches the connections on which a part of a request has come. A request whose
/// body is over the limit is answered as soon as that is seen.
public final class Server: Sendable {
    let listener: Listener
    let handler: any Handler
    let settings: ServerSettings
    let report: @Sendable (ServerEvent) -> Void
    let connections: Connections
    let active: ActiveThreads
    let held: HeldAnswers
    /// Raised by `stop`.
    let stopping: EventFlag
    /// Raised when the threads are to end.
    let finishing: EventFlag
    /// Runs while no connection can be accepted.
    let acceptPause: Timer

    /// Shows that the threads do what they are to do.
    let pulse: Pulse

    private let hasRun = Atomic(false)
    let isDraining = Atomic(false)
    let accepted = Atomic(0)
    let answered = Atomic(0)
    /// Events that a worker has taken.
    let taken = Atomic(0)
    private let acceptFailures = Mutex((last: ContinuousClock.Instant?.none, times: 0))

    /// Makes a server, which does nothing before `run`. `SIGPIPE` is ignored in the process from here on.
    ///
    /// - Parameters:
    ///   - listener: where requests come from. The server closes it when it stops.
    ///   - handler: what answers them; it is called on several threads at once.
    ///   - settings: threads, limits and times.
    ///   - report: is told what happens, on the thread where it does.
    public init(
        listener: Listener, handler: some Handler, settings: ServerSettings = ServerSettings(),
        report: @escaping @Sendable (ServerEvent) -> Void = { _ in }
    ) throws(ServerError) {
        guard Library.isReady else { throw .foreignLibrary }
        self.listener = listener
        self.handler = handler
        self.settings = settings
        self.report = report
        active = ActiveThreads(limit: settings.activeThreads)
        connections = try Connections()
        held = try HeldAnswers(poller: connections.ready)
        (stopping, finishing, acceptPause) = try requiring { () throws(SystemError) in
            (try EventFlag(), try EventFlag(), try Timer())
        }
        pulse = try Pulse()
        try requiring { [connections, finishing, stopping, acceptPause] () throws(SystemError) in
            try connections.ready.arm(finishing.number, for: .always)
            try connections.incomplete.arm(stopping.number, for: .always)
            // Now, since there may be no memory for it when it is needed.
            try connections.ready.arm(acceptPause.number, for: .once)
        }
    }

    /// Answers requests until `stop` is called, on threads of its own; then answers those in hand, closes everything
    /// and returns. May be called once.
    ///
    /// - Returns: whether everything in hand was answered, within `drainTimeout`.
    public func run() throws(ServerError) -> Bool {
        precondition(!hasRun.exchange(true, ordering: .relaxed), "a server runs once")
        let threads = try startThreads()
        do throws(SystemError) {
            try connections.ready.arm(listener.descriptor.number, for: .once)
        } catch {
            acceptLater(code: error.code)
        }
        var room = WaitingRoom(server: self)
        room.run()
        let isDrained = drain(&room)
        finishing.raise()
        active.close()
        for thread in threads { if isDrained { thread.join() } else { thread.detach() } }
        listener.close()
        return isDrained
    }

    /// Makes `run` return, also when it is called before it. May be called from any thread, and any number of times.
    public func stop() { stopping.raise() }

    /// Whether the server does its work: one of its threads comes to take what has arrived, and the thread of `run` looks
    /// after the connections, both within some time from now. Not to be called on several threads at once.
    public func isAlive(within time: Duration) -> Bool {
        pulse.beats(within: time) { number throws(SystemError) in try connections.ready.arm(number, for: .once) }
    }

    /// What the server is doing now.
    public var status: ServerStatus {
        let counts = connections.counts
        return ServerStatus(
            threads: settings.threads, inHand: max(0, counts.inHand - held.count), idle: counts.ready,
            incomplete: counts.incomplete + counts.leaving, accepted: accepted.load(ordering: .relaxed),
            answered: answered.load(ordering: .relaxed))
    }

    /// Has the listening socket watched again after a pause, in which one thread more does not try in vain.
    func acceptLater(code: Int32) {
        acceptPause.start(milliseconds: 100)
        try? connections.ready.arm(acceptPause.number, for: .once)
        let times: Int? = acceptFailures.withLock { failures in
            failures.times += 1
            if let last = failures.last, last.duration(to: .now) < .seconds(1) { return nil }
            defer { failures = (.now, 0) }
            return failures.times
        }
        if let times { report(.acceptFailed(code: code, times: times)) }
    }

    private func startThreads() throws(ServerError) -> [Thread] {
        Heap.adapt(arenas: 3 * settings.activeThreads)
        var threads: [Thread] = []
        do throws(SystemError) {
            for number in 0..<settings.threads {
                threads.append(try Thread("worker \(number)") { Worker(server: self).run() })
            }
        } catch {
            finishing.raise()
            active.close()
            for thread in threads { thread.join() }
            throw .resources(code: error.code)
        }
        return threads
    }
}
