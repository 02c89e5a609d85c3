import Gateway
import Glibc
import Synchronization

/// The loop of one thread: it takes a connection, answers one request, and puts the connection down again.
struct Worker: ~Copyable {
    private let server: Server
    private let place: Connections.Place
    private let buffer = PeekBuffer()
    private var request = LibraryRequest()

    /// - Parameter place: where the connections are taken from: `ready`, or `slow`.
    init(server: Server, place: Connections.Place) {
        self.server = server
        self.place = place
    }

    consuming func run() {
        let poller = place == .slow ? server.connections.slow : server.connections.ready
        while let event = poller.wait() {
            switch event.descriptor {
            case server.finishing.number: return
            case server.listener.descriptor.number: accept()
            case server.acceptPause.number: listen()
            case server.pulse.number: server.pulse.workerBeat()
            case let connection:
                guard let isFresh = server.connections.take(connection, from: place) else { continue }
                if place == .slow {
                    answer(connection, endsInput: nil)
                } else {
                    look(at: connection, isFresh: isFresh, isLast: event.isLast)
                }
            }
        }
    }

    private func listen() {
        if server.isDraining.load(ordering: .acquiring) { return }
        if !server.connections.ready.arm(server.listener.descriptor.number, for: .once) {
            server.acceptLater(code: errno)
        }
    }

    private mutating func accept() {
        if server.isDraining.load(ordering: .acquiring) { return }
        let connection = server.accept()
        if connection >= 0 {
            listen()
            // Mostly its request is there already.
            look(at: connection, isFresh: true, isLast: false)
        } else if [EAGAIN, EINTR, ECONNABORTED, EPROTO].contains(-connection) {
            listen()
        } else if !server.isDraining.load(ordering: .acquiring) {
            server.acceptLater(code: -connection)
        }
    }

    private mutating func look(at connection: Int32, isFresh: Bool, isLast: Bool) {
        switch buffer.look(at: connection) {
        case .records(.request(let endsInput)): answer(connection, endsInput: endsInput)
        case let sight: server.sort(connection, sight, isFresh: isFresh, isLast: isLast)
        }
    }

    /// Answers the request that lies on a connection.
    ///
    /// - Parameter endsInput: whether it has the end of its body stream as its end; `nil` where nobody has looked.
    private mutating func answer(_ connection: Int32, endsInput: Bool?) {
        guard request.begin(on: connection) else {
            server.connections.closed()
            server.report(.refused(.unreadable))
            return
        }
        let variables = request.variables
        // An authorizer's request may have no body stream, and must not be waited for.
        let isAuthorizer = variables["FCGI_ROLE"] == "AUTHORIZER"
        let hasInput = endsInput ?? !isAuthorizer
        var body = hasInput || !isAuthorizer ? request.input : .empty
        let output = server.handler.respond(to: variables, body: &body, bodyLimit: server.settings.bodyLimit)
        // What is left of the body would be taken for the beginning of the next request. Of a long request it may still
        // be on its way, and is not waited for.
        if place == .slow { setTimeout(connection, name: SO_RCVTIMEO, to: Self.patience) }
        let isAtEnd = hasInput && body.discardRest(limit: Self.discardLimit)
        _ = request.write(output)
        // Whoever has the answer can see that it counts.
        server.answered.add(1, ordering: .relaxed)
        let isReleased = !isAtEnd || server.isDraining.load(ordering: .acquiring)
        let ending = request.finish(releasing: isReleased)
        if ending.writeError != 0 { server.report(.answerLost(code: ending.writeError)) }
        if place == .slow { setTimeout(connection, name: SO_RCVTIMEO, to: server.settings.receiveTimeout) }
        if ending.writeError == 0 && !isAtEnd {
            server.leave(connection)
        } else if ending.isKept {
            server.keep(connection, isReleased: isReleased)
        } else {
            server.connections.close(connection)
        }
    }

    /// How long the rest of a long request that has been answered is waited for.
    private static let patience = Duration.milliseconds(10)

    /// The most bytes of a body past its limit that are read for the sake of the answer and of the connection.
    private static let discardLimit = 4 << 20
}
