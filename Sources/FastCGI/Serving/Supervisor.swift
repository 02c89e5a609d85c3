import Glibc
import Synchronization
import System

/// Looks after a server from the thread of `Server.run`: workers that are stuck, peers whose time is over, and the
/// socket, which another process may take over.
struct Supervisor: ~Copyable {
    let server: Server
    let watcher: ConnectionWatcher
    private var lastTaken = 0

    init(server: Server) {
        self.server = server
        watcher = ConnectionWatcher(server: server)
    }

    /// Works until the server is to stop, or another process has taken over its socket.
    mutating func run() {
        var lastCheck = ContinuousClock.now
        while true {
            server.liveness.supervisorBeat()
            if !watcher.watch(milliseconds: 100) { return }
            // Arrivals must not put it off.
            if lastCheck.duration(to: .now) >= .milliseconds(100) {
                lastCheck = .now
                relieveWorkers()
                closeStalled()
                if isTakenOver() { return }
            }
        }
    }

    /// Does the part of its work that a drain needs, for a moment.
    mutating func step(milliseconds: Int32) {
        server.liveness.supervisorBeat()
        relieveWorkers()
        _ = watcher.watch(milliseconds: milliseconds)
    }

    /// Puts another thread to work if those at work have taken nothing since the last look, although an event waits.
    private mutating func relieveWorkers() {
        let taken = server.taken.load(ordering: .relaxed)
        if taken == lastTaken && server.connections.ready.hasEvent { server.active.relieve() }
        lastTaken = taken
    }

    private func closeStalled() {
        let latest = ContinuousClock.now - server.settings.receiveTimeout
        for _ in 0..<close(.partial, since: latest) { server.report(.peerStalled) }
        close(.lingering, since: latest)
    }

    /// Closes the connections that have been partial or lingering since `latest` or longer.
    ///
    /// - Returns: their number.
    @discardableResult
    func close(_ state: ConnectionState, since latest: ContinuousClock.Instant = .now) -> Int {
        var closed = 0
        for descriptor in server.connections.list(state, since: latest) {
            guard let connection = server.connections.take(descriptor, on: .stalled) else { continue }
            server.settle(connection)
            closed += 1
        }
        return closed
    }

    private func isTakenOver() -> Bool {
        guard server.listener.isReplaced else { return false }
        server.report(.takenOver)
        // A web server that looked up the name just before may only now be connecting.
        usleep(100_000)
        return true
    }
}
