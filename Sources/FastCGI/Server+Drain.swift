import Synchronization

extension Server {
    /// Has what is in hand answered, and closes everything else.
    ///
    /// What a web server has sent before it could know counts as in hand: connections that wait in the backlog of a
    /// socket of our own, and requests that lie on connections. One that has only just connected gets a moment to send
    /// its request.
    ///
    /// - Returns: whether everything was answered in time.
    func drain(_ room: borrowing WaitingRoom) -> Bool {
        let start = ContinuousClock.now
        connections.incomplete.forget(stopping.number)
        isDraining.store(true, ordering: .sequentiallyConsistent)
        takeBacklog()
        report(.draining(inHand: status.inHand))
        room.closeIdle(isFresh: false)
        while true {
            let counts = connections.counts
            if counts == Connections.Counts() { return true }
            let time = start.duration(to: .now)
            if time >= min(Self.grace, settings.drainTimeout) {
                room.closeIdle(isFresh: true)
                room.closeIdle(isFresh: false)
                room.closeIncomplete()
            }
            if time >= settings.drainTimeout && counts.inHand + counts.slow + counts.ready > 0 {
                report(.drainTimedOut(unanswered: counts.inHand + counts.slow + counts.ready))
                return false
            }
            room.step(milliseconds: 10)
        }
    }

    /// How long a connection without a whole request is still waited for.
    private static let grace = Duration.milliseconds(500)

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
