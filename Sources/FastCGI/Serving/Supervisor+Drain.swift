import Synchronization
import System

extension Supervisor {
    /// Has every request answered that the web server may count on, and closes everything else.
    ///
    /// Whatever a web server has sent before it could know counts: connections in the backlog of a socket of our own,
    /// and requests that lie on connections. A connection that is new gets a moment to send its request. A kept one is
    /// never just closed, since a request may be on its way: the web server is asked to let go of it, and whatever
    /// comes until it does is answered.
    ///
    /// - Returns: whether everything was answered in time.
    mutating func drain() -> Bool {
        let (start, settings, connections) = (ContinuousClock.now, server.settings, server.connections)
        connections.unfinished.forget(server.stopping.number)
        server.isDraining.store(true, ordering: .sequentiallyConsistent)
        takeBacklog()
        server.report(.draining(inHand: connections.counts.unanswered))
        for descriptor in connections.list(.ready, hasServedNone: false) { server.release(descriptor) }
        while true {
            if connections.isEmpty { return true }
            let counts = connections.counts
            let time = start.duration(to: .now)
            if time >= min(Self.grace, settings.drainTimeout) {
                closeIdle(hasServedNone: true)
                close(.partial)
                close(.lingering)
            }
            let isOver = time >= settings.drainTimeout
            closeIdle(hasServedNone: false, since: isOver ? .now : .now - settings.releaseTimeout)
            let unanswered = counts.unanswered + counts[.ready]
            if isOver && unanswered > 0 {
                server.report(.drainTimedOut(unanswered: unanswered))
                return false
            }
            step(milliseconds: 10)
        }
    }

    /// The time for which a connection without a whole request is still waited for.
    private static var grace: Duration { .seconds(1) }

    private func takeBacklog() {
        // What waits in a shared socket is for the next process.
        guard !server.listener.isShared else { return }
        acceptAll()
        server.listener.refuse()
        // A peer that connected in between is still there on a Unix socket.
        acceptAll()
    }

    private func acceptAll() {
        for _ in 0...Listener.backlog {
            guard var connection = try? server.accept() else { return }
            connection.apply(.dispatched)
            server.settle(connection)
        }
    }

    /// Closes the connections on which nothing has come since `latest`.
    private func closeIdle(hasServedNone: Bool, since latest: ContinuousClock.Instant = .now) {
        for descriptor in server.connections.list(.ready, since: latest, hasServedNone: hasServedNone) {
            guard var connection = server.connections.take(descriptor, on: .taken) else { continue }
            let result = watcher.probe.look(at: descriptor)
            switch result.event(isLast: false) {
            case .foundNothing: connection.apply(.foundEnd)
            // This thread answers nothing.
            case .foundRequest, .foundManagement, .foundRemains: connection.apply(.dispatched)
            case let event: connection.apply(event)
            }
            server.settle(connection, after: result)
        }
    }
}
