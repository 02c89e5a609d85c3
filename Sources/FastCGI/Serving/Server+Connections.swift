import Glibc
import HTTP
import Synchronization
import System

extension Server {
    /// Takes a connection that waits to be accepted.
    func accept() throws(SystemError) -> Connection {
        // Counted before it is there, so that there is no moment in which a drain could miss it.
        connections.opened()
        let descriptor = listener.acceptConnection()
        guard descriptor >= 0 else {
            connections.closed()
            throw SystemError(call: "accept4", code: -descriptor)
        }
        Socket.setTimeout(descriptor, name: SO_RCVTIMEO, to: settings.receiveTimeout)
        Socket.setTimeout(descriptor, name: SO_SNDTIMEO, to: settings.sendTimeout)
        accepted.add(1, ordering: .relaxed)
        return Connection(descriptor)
    }

    /// Does what the last step of a connection asks for, if that ends its holder's part.
    ///
    /// - Parameter result: the result of the probe that led to the step, of which a fault is reported.
    func settle(_ connection: consuming Connection, after result: RequestProbe.Result = .nothing) {
        switch connection.action {
        case .wait, .hold: connections.put(connection)
        case .linger:
            _ = shutdown(connection.descriptor, Int32(SHUT_WR))
            connections.put(connection)
        case .close: connections.close(connection)
        case .forget: connections.closed()
        case .ignore, .probe, .reply, .discard, .answer, .resume, .finish:
            preconditionFailure("\(connection.action) is not the end of a connection's handling")
        }
        if case .records(.faulty(let fault)) = result { report(.refused(fault)) }
    }

    /// Settles a connection on which no request was found. A drain that began while it was in hand has not seen it, so
    /// it is asked for here: else its web server keeps it for the whole of `releaseTimeout`.
    func settleWithoutRequest(_ connection: consuming Connection) {
        let (descriptor, isKept) = (connection.descriptor, connection.state == .ready && !connection.hasServedNone)
        settle(connection)
        if isKept && isDraining.load(ordering: .sequentiallyConsistent) { release(descriptor) }
    }

    /// Ends a request whose response is written, and settles its connection.
    ///
    /// - Parameter isAtEnd: whether the request has been read to its end.
    func end(_ request: inout FCGXRequest, on connection: consuming Connection, isAtEnd: Bool) {
        // Counted first: a client that has its answer can see that it counts.
        answered.add(1, ordering: .relaxed)
        let descriptor = connection.descriptor
        let isReleased = !isAtEnd || isDraining.load(ordering: .acquiring)
        let ending = request.finish(releasing: isReleased)
        if ending.writeError != 0 { report(.answerLost(code: ending.writeError)) }
        if ending.writeError == 0 && !isAtEnd {
            connection.apply(.answeredEarly)
        } else {
            connection.apply(ending.isKept ? .answered : .answeredLast)
        }
        settle(connection)
        // A drain that began in the meantime has not seen it.
        if !isReleased && ending.isKept && isDraining.load(ordering: .sequentiallyConsistent) { release(descriptor) }
    }

    /// Keeps a request, and its connection in the table, until it is to be answered anew.
    func park(_ response: DelayedResponse, on connection: consuming Connection, until postponement: Postponement) {
        // In the table before it can be due, so that whoever takes it up finds it there.
        settle(connection)
        delayed.hold(response)
        postponement.whenReady { [delayed, weak response] in
            // If it is gone it has been answered already.
            if let response { delayed.hasten(response) }
        }
    }

    /// Drops a parked request whose client has gone.
    func abandon(_ descriptor: Int32) {
        // Else a worker is just answering it.
        guard delayed.drop(on: descriptor), let connection = connections.take(descriptor, on: .peerGone) else { return }
        settle(connection)
        report(.answerLost(code: EPIPE))
    }

    /// Asks the web server to let go of a kept connection. It stays open, and whatever comes on it is answered.
    func release(_ descriptor: Int32) {
        guard var connection = connections.take(descriptor, on: .taken) else { return }
        ReleaseRecord.send(to: descriptor)
        connection.apply(.dispatched)
        settle(connection)
    }
}
