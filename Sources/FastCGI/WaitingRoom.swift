import Glibc
import Synchronization
import System

/// Watches the connections on which a part of a request has come, until the rest has too, or its time is over.
struct WaitingRoom: ~Copyable {
    private let server: Server
    private let buffer: PeekBuffer
    private var lastTaken = 0

    init(server: Server) {
        self.server = server
        buffer = PeekBuffer(bodyLimit: server.settings.bodyLimit)
    }

    /// Watches until the server is to stop, or another process has taken over its socket.
    mutating func run() {
        var lastCheck = ContinuousClock.now
        while true {
            server.pulse.roomBeat()
            if let event = server.connections.incomplete.wait(milliseconds: 100) {
                if event.descriptor == server.stopping.number { return }
                look(at: event)
            }
            if lastCheck.duration(to: .now) >= .milliseconds(100) {
                lastCheck = .now
                relieveWorkers()
                closeStalled()
                if isTakenOver() { return }
            }
        }
    }

    /// Has another thread take requests where those that should have taken none for some time, although some wait.
    private mutating func relieveWorkers() {
        let taken = server.taken.load(ordering: .relaxed)
        if taken == lastTaken && server.connections.ready.hasEvent { server.active.relieve() }
        lastTaken = taken
    }

    private func isTakenOver() -> Bool {
        guard server.listener.isReplaced else { return false }
        server.report(.takenOver)
        // Who looked up the name just before may only now be connecting.
        usleep(100_000)
        return true
    }

    /// Waits for one arrival, but not for long.
    mutating func step(milliseconds: Int32) {
        server.pulse.roomBeat()
        relieveWorkers()
        if let event = server.connections.incomplete.wait(milliseconds: milliseconds) { look(at: event) }
    }

    private func look(at event: Poller.Event) {
        if server.connections.has(event.descriptor, at: .parked) {
            if event.isGone { server.abandon(event.descriptor) }
            return
        }
        if server.connections.has(event.descriptor, at: .leaving) {
            if !buffer.discard(from: event.descriptor) { close(event.descriptor, at: .leaving) }
            return
        }
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
        where close(connection, at: .incomplete) {
            server.report(.peerStalled)
        }
        for connection in server.connections.list(.leaving, since: latest) { close(connection, at: .leaving) }
    }

    @discardableResult
    private func close(_ connection: Int32, at place: Connections.Place) -> Bool {
        guard server.connections.take(connection, from: place) != nil else { return false }
        server.connections.close(connection)
        return true
    }

    /// Closes the connections on which nothing has come for some time.
    func closeIdle(isFresh: Bool, since: ContinuousClock.Instant = .now) {
        for connection in server.connections.list(.ready, since: since, isFresh: isFresh)
        where server.connections.take(connection, from: .ready) != nil {
            let sight = buffer.look(at: connection)
            server.sort(connection, sight == .nothing ? .ended : sight, isFresh: isFresh, isLast: false)
        }
    }

    /// Closes the connections on which a part of a request has come, or the rest of one could.
    func closeIncomplete() {
        for place in [Connections.Place.incomplete, .leaving] {
            for connection in server.connections.list(place) { close(connection, at: place) }
        }
    }
}
