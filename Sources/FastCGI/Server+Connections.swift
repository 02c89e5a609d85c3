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

    /// Puts a connection that is in the caller's hand, and whose request has been answered, down for the next one.
    func keep(_ connection: Int32) {
        connections.put(connection, at: .ready, isFresh: false)
        // A drain that began in the meantime has not seen it.
        if isDraining.load(ordering: .sequentiallyConsistent) { release(connection) }
    }

    /// Asks the web server to let go of a kept connection. It stays open, and whatever comes on it is answered.
    ///
    /// FastCGI has no word for that. But a record that comes between two requests makes nginx close the connection,
    /// and an empty `FCGI_STDERR` is the one that does no harm if the next request has been sent by then: it stands at
    /// the beginning of the answer, where one may always stand (FastCGI 1.0, section 3.3).
    func release(_ connection: Int32) {
        guard connections.take(connection, from: .ready) != nil else { return }
        // Whoever does not multiplex gives each request the number 1.
        let record: [UInt8] = [1, 7, 0, 1, 0, 0, 0, 0]
        // A connection on which it cannot be sent has ended, as will be seen.
        _ = unsafe record.withUnsafeBytes { bytes in
            unsafe send(connection, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
        }
        connections.put(connection, at: .ready, isFresh: false)
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
