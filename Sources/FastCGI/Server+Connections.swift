import Glibc
import Synchronization

extension Server {
    /// Takes a connection that waits, and into the caller's hand.
    ///
    /// - Returns: its descriptor, or the negative `errno`.
    func accept() -> Int32 {
        // Counted before it is there, so that there is no moment in which a drain could miss it.
        connections.opened()
        let connection = listener.acceptConnection()
        if connection >= 0 {
            setTimeout(connection, name: SO_RCVTIMEO, to: settings.receiveTimeout)
            setTimeout(connection, name: SO_SNDTIMEO, to: settings.sendTimeout)
            accepted.add(1, ordering: .relaxed)
        } else {
            connections.closed()
        }
        return connection
    }

    /// Puts a connection that is in the caller's hand where it belongs, by what lies on it.
    ///
    /// - Parameter isLast: nothing more will come.
    func sort(_ connection: Int32, _ sight: PeekBuffer.Sight, isFresh: Bool, isLast: Bool) {
        switch sight {
        case .ended: connections.close(connection)
        case .nothing, .records(.incomplete):
            if isLast {
                connections.close(connection)
            } else {
                connections.put(connection, at: sight == .nothing ? .ready : .incomplete, isFresh: isFresh)
            }
        case .records(.request): connections.put(connection, at: .ready, isFresh: isFresh)
        case .records(.long), .records(.management): connections.put(connection, at: .slow, isFresh: isFresh)
        case .records(.refused(let refusal)):
            connections.close(connection)
            report(.refused(refusal))
        }
    }
}
