import Glibc

/// Watches the connections on which a part of a request has come, until the rest has too, or its time is over.
struct WaitingRoom: ~Copyable {
    private let server: Server
    private let buffer = PeekBuffer()

    init(server: Server) { self.server = server }

    /// Watches until the server is to stop, or another process has taken over its socket.
    func run() {
        var lastCheck = ContinuousClock.now
        while true {
            let isEmpty = server.connections.counts.incomplete == 0
            if let event = server.connections.incomplete.wait(milliseconds: isEmpty ? 1000 : 100) {
                if event.descriptor == server.stopping.number { return }
                look(at: event)
            }
            if lastCheck.duration(to: .now) >= .milliseconds(100) {
                lastCheck = .now
                closeStalled()
                if isTakenOver() { return }
            }
        }
    }

    private func isTakenOver() -> Bool {
        guard server.listener.isReplaced else { return false }
        server.report(.takenOver)
        // Who looked up the name just before may only now be connecting.
        usleep(100_000)
        return true
    }

    /// Waits for one arrival, but not for long.
    func step(milliseconds: Int32) {
        if let event = server.connections.incomplete.wait(milliseconds: milliseconds) { look(at: event) }
    }

    private func look(at event: Poller.Event) {
        let sight = buffer.look(at: event.descriptor)
        // It stays, so that its time goes on.
        if sight == .records(.incomplete) && !event.isLast { return }
        if let isFresh = server.connections.take(event.descriptor, from: .incomplete) {
            server.sort(event.descriptor, sight, isFresh: isFresh, isLast: event.isLast)
        }
    }

    private func closeStalled() {
        let latest = ContinuousClock.now - server.settings.receiveTimeout
        for connection in server.connections.list(.incomplete, since: latest)
        where server.connections.take(connection, from: .incomplete) != nil {
            server.connections.close(connection)
            server.report(.peerStalled)
        }
    }

    /// Closes the connections on which nothing has come for some time.
    func closeIdle(isFresh: Bool, since: ContinuousClock.Instant = .now) {
        for connection in server.connections.list(.ready, since: since, isFresh: isFresh)
        where server.connections.take(connection, from: .ready) != nil {
            let sight = buffer.look(at: connection)
            server.sort(connection, sight == .nothing ? .ended : sight, isFresh: isFresh, isLast: false)
        }
    }

    /// Closes the connections on which a part of a request has come.
    func closeIncomplete() {
        for connection in server.connections.list(.incomplete)
        where server.connections.take(connection, from: .incomplete) != nil {
            server.connections.close(connection)
        }
    }
}
