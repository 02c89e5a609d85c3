import Gateway
import Glibc
import Synchronization
import System

extension Server {
    /// Takes a connection that waits, and into the caller's hand.
    ///
    /// - Returns: its descriptor, or the negative `errno`.
    func accept() -> Int32 {
        // Counted before it is there, so that there is no moment in which a drain could miss it.
        connections.opened()
        let connection = listener.acceptConnection()
        if connection >= 0 {
            Socket.setTimeout(connection, name: SO_RCVTIMEO, to: settings.receiveTimeout)
            Socket.setTimeout(connection, name: SO_SNDTIMEO, to: settings.sendTimeout)
            accepted.add(1, ordering: .relaxed)
        } else {
            connections.closed()
        }
        return connection
    }

    /// Ends a request whose answer is written, and puts its connection, which is in the caller's hand, where it belongs.
    ///
    /// - Parameter isAtEnd: whether it has been read to its end.
    func end(_ request: inout LibraryRequest, on connection: Int32, isAtEnd: Bool) {
        // Whoever has the answer can see that it counts.
        answered.add(1, ordering: .relaxed)
        let isReleased = !isAtEnd || isDraining.load(ordering: .acquiring)
        let ending = request.finish(releasing: isReleased)
        if ending.writeError != 0 { report(.answerLost(code: ending.writeError)) }
        if ending.writeError == 0 && !isAtEnd {
            leave(connection)
        } else if ending.isKept {
            keep(connection, isReleased: isReleased)
        } else {
            connections.close(connection)
        }
    }

    /// Holds a request, on a connection that is in the caller's hand, until it is to be answered anew.
    func park(_ answer: HeldAnswer, until postponement: Postponement) {
        // Watched before it can be taken up, so that whoever does so finds it there.
        connections.put(answer.connection, at: .parked, isFresh: false)
        held.hold(answer)
        postponement.whenReady { [held, weak answer] in
            // Where it is gone it has been answered already.
            if let answer { held.hasten(answer) }
        }
    }

    /// Drops a request that waits to be answered anew, since its client has gone.
    func abandon(_ connection: Int32) {
        // Else it is just being answered.
        guard held.drop(on: connection) else { return }
        _ = connections.take(connection, from: .parked)
        connections.close(connection)
        report(.answerLost(code: EPIPE))
    }

    /// Puts a connection that is in the caller's hand, and whose request has been answered, down for the next one.
    ///
    /// - Parameter isReleased: the web server has been asked to let go of it.
    func keep(_ connection: Int32, isReleased: Bool) {
        connections.put(connection, at: .ready, isFresh: false)
        // A drain that began in the meantime has not seen it.
        if !isReleased && isDraining.load(ordering: .sequentiallyConsistent) { release(connection) }
    }

    /// Puts down a connection that is in the caller's hand, and on which a request has been answered before it had come
    /// to its end. Closed at once, it would take the answer with it: its peer is told that nothing follows, and may see
    /// that before it is closed.
    func leave(_ connection: Int32) {
        _ = shutdown(connection, Int32(SHUT_WR))
        connections.put(connection, at: .leaving, isFresh: false)
    }

    /// Asks the web server to let go of a kept connection. It stays open, and whatever comes on it is answered.
    func release(_ connection: Int32) {
        guard connections.take(connection, from: .ready) != nil else { return }
        ReleaseRecord.send(to: connection)
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
        case .records(.request), .records(.oversized), .records(.management), .records(.leftover):
            connections.put(connection, at: .ready, isFresh: isFresh)
        case .records(.refused(let refusal)):
            connections.close(connection)
            report(.refused(refusal))
        }
    }
}
