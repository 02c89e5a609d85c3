import Synchronization
import System

extension Server {
    /// Has what is in hand answered, and closes everything else.
    ///
    /// What a web server has sent before it could know counts as in hand: connections that wait in the backlog of a
    /// socket of our own, and requests that lie on connections. One that has only just connected gets a moment to send
    /// its request. A kept connection is never just closed, since a request may be on its way on it: the web server is
    /// asked to let go of it, and whatever comes until it does is answered.
    ///
    /// - Returns: whether everything was answered in time.
    func drain(_ room: inout WaitingRoom) -> Bool {
        let start = ContinuousClock.now
        connections.incomplete.forget(stopping.number)
        isDraining.store(true, ordering: .sequentiallyConsistent)
        takeBacklog()
        report(.draining(inHand: connections.counts.inHand))
        for connection in connections.list(.ready, isFresh: false) { release(connection) }
        while true {
            if connections.isEmpty { return true }
            let counts = connections.counts
            let time = start.duration(to: .now)
            if time >= min(Self.grace, settings.drainTimeout) {
                room.closeIdle(isFresh: true)
                room.closeIncomplete()
            }
            let isOver = time >= settings.drainTimeout
            room.closeIdle(isFresh: false, since: isOver ? .now : .now - settings.releaseTimeout)
            if isOver && counts.inHand + counts.ready > 0 {
                report(.drainTimedOut(unanswered: counts.inHand + counts.ready))
                return false
            }
            room.step(milliseconds: 10)
        }
    }

    /// How long a connection without a whole request is still waited for.
    private static let grace = Duration.seconds(1)

    private func takeBacklog() {
        // What waits in a shared socket is for the next process.
        guard !listener.isShared else { return }
        acceptAll()
        listener.refuse()
        // Who connected in between is still there on a Unix socket.
        acceptAll()
    }

    private func acceptAll() {
        for _ in 0...listenBacklog {
            let connection = accept()
            if connection < 0 { break }
            connections.put(connection, at: .ready, isFresh: true)
        }
    }
}
