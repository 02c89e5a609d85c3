import System

/// Watches the connections whose peers have something to finish: the rest of a request, the reading of an answer that
/// came early, or the wait for one that is parked. So a peer that stalls costs no worker.
///
/// It belongs to the thread of `Server.run`, the only one that takes partial and lingering connections.
struct ConnectionWatcher: ~Copyable {
    private let server: Server
    let probe: RequestProbe

    init(server: Server) {
        self.server = server
        probe = RequestProbe(bodyLimit: server.settings.bodyLimit)
    }

    /// Waits for one arrival and does what follows from it.
    ///
    /// - Parameter milliseconds: the longest wait.
    /// - Returns: whether the server goes on; false once it has been told to stop.
    func watch(milliseconds: Int32) -> Bool {
        guard let event = server.connections.unfinished.wait(milliseconds: milliseconds) else { return true }
        if event.descriptor == server.stopping.number { return false }
        switch server.connections.state(of: event.descriptor) {
        case .partial: advance(event.descriptor, isLast: event.isLast)
        case .lingering: discard(event.descriptor)
        case .parked where event.isGone: server.abandon(event.descriptor)
        // A parked one whose peer sends nothing more, or one that another thread has taken just now.
        default: break
        }
        return true
    }

    private func advance(_ descriptor: Int32, isLast: Bool) {
        let result = probe.look(at: descriptor)
        if let connection = server.connections.take(descriptor, on: result.event(isLast: isLast)) {
            server.settle(connection, after: result)
        }
    }

    private func discard(_ descriptor: Int32) {
        let event = probe.discard(from: descriptor) ? ConnectionState.Event.foundNothing : .foundEnd
        if let connection = server.connections.take(descriptor, on: event) { server.settle(connection) }
    }
}
