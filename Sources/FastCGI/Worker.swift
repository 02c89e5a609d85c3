import Gateway
import Glibc
import Synchronization
import System

/// The loop of one thread: it takes a connection, answers one request, and puts the connection down again.
struct Worker: ~Copyable {
    private let server: Server
    private let buffer: PeekBuffer
    private var request = LibraryRequest()

    init(server: Server) {
        self.server = server
        buffer = PeekBuffer(bodyLimit: server.settings.bodyLimit)
    }

    consuming func run() {
        server.active.join()
        while let event = server.connections.ready.wait() {
            server.taken.add(1, ordering: .relaxed)
            switch event.descriptor {
            case server.finishing.number: return
            case server.listener.descriptor.number: accept()
            case server.acceptPause.number: listen()
            case server.pulse.number: server.pulse.workerBeat()
            case server.held.number: takeUpHeldAnswers()
            case let connection:
                guard let isFresh = server.connections.take(connection, from: .ready) else { continue }
                look(at: connection, isFresh: isFresh, isLast: event.isLast)
            }
            server.active.rest()
        }
    }

    private func listen() {
        if server.isDraining.load(ordering: .acquiring) { return }
        do throws(SystemError) {
            try server.connections.ready.arm(server.listener.descriptor.number, for: .once)
        } catch {
            server.acceptLater(code: error.code)
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
        case .records(.oversized): answer(connection, isOversized: true)
        case .records(.management(let length)): manage(connection, length: length, isFresh: isFresh)
        case .records(.leftover(let length)):
            _ = buffer.take(length, from: connection)
            server.connections.put(connection, at: .ready, isFresh: isFresh)
        case let sight: server.sort(connection, sight, isFresh: isFresh, isLast: isLast)
        }
    }

    /// Answers the management records that lie on a connection.
    private func manage(_ connection: Int32, length: Int, isFresh: Bool) {
        let records = ManagementRecords(buffer.take(length, from: connection))
        if records.answer(on: connection, requests: server.settings.threads) {
            server.connections.put(connection, at: .ready, isFresh: isFresh)
        } else {
            server.connections.close(connection)
        }
    }

    /// Answers the request that lies on a connection.
    ///
    /// - Parameters:
    ///   - endsInput: whether it has the end of its body stream as its end.
    ///   - isOversized: its body is over the limit, and is not there in full. Then nothing past the parameters is for
    ///     libfcgi, which trusts what it reads, and nobody has looked at what will come.
    private mutating func answer(_ connection: Int32, endsInput: Bool = false, isOversized: Bool = false) {
        guard request.begin(on: connection) else {
            server.connections.closed()
            server.report(.refused(.unreadable))
            return
        }
        let variables = request.variables
        // An authorizer's request may have no body stream, and must not be waited for.
        let hasInput = endsInput || variables["FCGI_ROLE"] != "AUTHORIZER"
        var body = hasInput && !isOversized ? request.input : .empty
        // Below zero even an empty body is over it.
        let bodyLimit = isOversized ? -1 : server.settings.bodyLimit
        let answer = server.handler.answer(variables, body: &body, bodyLimit: bodyLimit)
        // What is left of the body would be taken for the beginning of the next request.
        let isAtEnd = endsInput && body.discardRest()
        deliver(answer, to: variables, on: connection, isAtEnd: isAtEnd)
    }

    /// Writes an answer, or holds its request until there is one.
    ///
    /// - Parameter isAtEnd: whether the request has been read to its end. Else nobody could tell what its peer sends.
    private mutating func deliver(
        _ answer: Answer, to variables: MetaVariables, on connection: Int32, isAtEnd: Bool
    ) {
        let response: Response
        switch answer {
        case .response(let given): response = given
        case .postponed(let postponement) where isAtEnd && !server.held.isFullOfResumptions:
            let next = HeldAnswer.Next.resume(postponement, variables)
            server.park(hold(on: connection, until: postponement.deadline, next), until: postponement)
            return
        case .postponed(let postponement): response = postponement.conclude()
        }
        let output = response.cgiOutput(for: variables)
        // A long answer waits for its peer to read it.
        _ =
            output.count > Self.writeLimit
            ? blocking { request.write(output) } : request.write(output)
        let due = response.earliest ?? .now + response.delay
        if due > .now && isAtEnd && server.held.hasRoom(isUrgent: response.earliest != nil) {
            server.held.hold(hold(on: connection, until: due, .end))
        } else {
            server.end(&request, on: connection, isAtEnd: isAtEnd)
        }
    }

    /// Makes the request one that is held, and another one ready for the next.
    private mutating func hold(
        on connection: Int32, until due: ContinuousClock.Instant, _ next: HeldAnswer.Next
    ) -> HeldAnswer {
        var held = LibraryRequest()
        swap(&held, &request)
        return HeldAnswer(held, on: connection, due: due, next: next)
    }

    /// Ends the requests that have been held for long enough, or answers them anew.
    private mutating func takeUpHeldAnswers() {
        while let held = server.held.takeDue() {
            held.request.withLock { swap(&$0, &request) }
            switch held.next {
            case .end: server.end(&request, on: held.connection, isAtEnd: true)
            case .resume(let postponement, let variables):
                // It is there: who gives a request up takes it out of those that are held first.
                _ = server.connections.take(held.connection, from: .parked)
                deliver(postponement.resume(), to: variables, on: held.connection, isAtEnd: true)
            }
        }
    }

    /// The most bytes that a socket surely takes at once.
    private static let writeLimit = 32 << 10
}
