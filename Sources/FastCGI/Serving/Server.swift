import Glibc
public import HTTP
import Synchronization
import System

/// Answers the FastCGI requests of a web server (FastCGI 1.0, roles responder and authorizer).
///
/// The connections are this type's, the protocol is libfcgi's. Workers wait for the listening socket and for every
/// connection at once, no more of them than can be at work (`ActiveThreads`), and libfcgi is handed a connection only
/// when a whole request lies ready on it. So neither an idle connection nor a peer that stalls inside a request costs a
/// thread. The thread of `run` watches the connections on which a part of a request has come (`Supervisor`,
/// `ConnectionWatcher`).
///
/// ```swift
/// let listener = try Listener(.unix(path: "/run/postern.sock"))
/// let server = try Server(listener: listener, handler: handler, settings: ServerSettings(threads: 16))
/// // On another thread, at SIGTERM: server.stop()
/// let isDrained = try server.run()
/// ```
public final class Server: Sendable {
    let listener: Listener
    let handler: any Handler
    let settings: ServerSettings
    let report: @Sendable (ServerEvent) -> Void
    let connections: Connections
    let active: ActiveThreads
    let delayed: DelayedResponses
    /// Raised by `stop`.
    let stopping: EventFlag
    /// Raised when the threads are to end.
    let finishing: EventFlag
    /// Runs while no connection can be accepted.
    let acceptPause: Timer
    let liveness: Liveness

    private let hasRun = Atomic(false)
    let isDraining = Atomic(false)
    let accepted = Atomic(0)
    let answered = Atomic(0)
    /// The number of events that workers have taken.
    let taken = Atomic(0)
    private let acceptFailures = Mutex((last: ContinuousClock.Instant?.none, times: 0))

    /// Makes a server, which does nothing before `run`. `SIGPIPE` is ignored in the process from here on.
    ///
    /// - Parameters:
    ///   - listener: the source of connections. The server closes it when it stops.
    ///   - handler: the answers to requests. It is called on several threads at once.
    ///   - settings: threads, limits and times.
    ///   - report: receives every event, on the thread that saw it.
    /// - Throws: `ServerError`
    public init(
        listener: Listener, handler: some Handler, settings: ServerSettings = ServerSettings(),
        report: @escaping @Sendable (ServerEvent) -> Void = { _ in }
    ) throws(ServerError) {
        guard Libfcgi.isReady else { throw .foreignLibrary }
        self.listener = listener
        self.handler = handler
        self.settings = settings
        self.report = report
        active = ActiveThreads(limit: settings.activeThreads)
        do throws(SystemError) {
            connections = try Connections()
            delayed = try DelayedResponses(poller: connections.ready)
            (stopping, finishing, acceptPause) = (try EventFlag(), try EventFlag(), try Timer())
            liveness = try Liveness()
            try connections.ready.arm(finishing.number, for: .always)
            try connections.unfinished.arm(stopping.number, for: .always)
            // Now, since there may be no memory for it when it is needed.
            try connections.ready.arm(acceptPause.number, for: .once)
        } catch {
            throw .system(error)
        }
    }

    /// Answers requests until `stop` is called, on threads of its own; then answers those in hand, closes everything
    /// and returns. May be called once.
    ///
    /// - Returns: whether everything in hand was answered, within `drainTimeout`.
    /// - Throws: `ServerError.system` if the kernel has no thread left.
    public func run() throws(ServerError) -> Bool {
        precondition(!hasRun.exchange(true, ordering: .relaxed), "a server runs once")
        // Three heaps a thread at work are enough; with fewer a tenth of the requests a second was lost.
        Heap.adapt(arenas: 3 * settings.activeThreads)
        // The first request need not wait for those that begin parked.
        var threads: [Thread] = []
        try start(settings.activeThreads, &threads)
        listen()
        try start(settings.threads - threads.count, &threads)
        // The start is over, and most of its code with it.
        ProgramImage.release()
        var supervisor = Supervisor(server: self)
        supervisor.run()
        let isDrained = supervisor.drain()
        finishing.raise()
        active.close()
        for thread in threads { if isDrained { thread.join() } else { thread.detach() } }
        listener.close()
        return isDrained
    }

    /// Makes `run` return, also when it is called before it. May be called from any thread, and any number of times.
    public func stop() { stopping.raise() }

    /// Tells whether the server does its work: a worker comes to take what has arrived, and the thread of `run` looks
    /// after the connections, both within some time from now. Not to be called on several threads at once.
    public func isAlive(within time: Duration) -> Bool { liveness.isShown(within: time, to: connections.ready) }

    /// The threads and connections at this moment.
    public var status: ServerStatus {
        let counts = connections.counts
        return ServerStatus(
            threads: settings.threads, inHand: counts.inHand, idle: counts[.ready],
            incomplete: counts[.partial] + counts[.lingering], accepted: accepted.load(ordering: .relaxed),
            answered: answered.load(ordering: .relaxed))
    }

    /// Has the next connection reported to a worker.
    func listen() {
        if isDraining.load(ordering: .acquiring) { return }
        do throws(SystemError) {
            try connections.ready.arm(listener.descriptor.number, for: .once)
        } catch {
            acceptLater(code: error.code)
        }
    }

    /// Has the listening socket watched again after a pause, in which no thread tries in vain.
    func acceptLater(code: Int32) {
        acceptPause.start(milliseconds: 100)
        // It is in the poller since the beginning, so this needs no memory.
        try? connections.ready.arm(acceptPause.number, for: .once)
        let times: Int? = acceptFailures.withLock { failures in
            failures.times += 1
            if let last = failures.last, last.duration(to: .now) < .seconds(1) { return nil }
            defer { failures = (.now, 0) }
            return failures.times
        }
        if let times { report(.acceptFailed(code: code, times: times)) }
    }

    private func start(_ count: Int, _ threads: inout [Thread]) throws(ServerError) {
        do throws(SystemError) {
            for _ in 0..<count { threads.append(try Thread("worker \(threads.count)") { self.work() }) }
        } catch {
            finishing.raise()
            active.close()
            for thread in threads { thread.join() }
            throw .system(error)
        }
    }

    private func work() {
        // A thread that is not needed yet is parked before it takes more memory than its stack.
        active.join()
        Worker(server: self).run()
    }
}
