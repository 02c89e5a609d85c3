import Glibc
import HTTP
import Synchronization
import System

/// The loop of one worker thread: it takes a connection, answers one request, and lets go of the connection.
struct Worker: ~Copyable {
    private let server: Server
    private let probe: RequestProbe
    private var request = FCGXRequest()

    init(server: Server) {
        self.server = server
        probe = RequestProbe(bodyLimit: server.settings.bodyLimit)
    }

    /// Works until the server has the threads end.
    consuming func run() {
        while let event = nextEvent() {
            server.taken.add(1, ordering: .relaxed)
            switch event.descriptor {
            case server.finishing.number: return
            case server.listener.descriptor.number: accept()
            case server.acceptPause.number: server.listen()
            case server.liveness.number: server.liveness.workerBeat()
            case server.delayed.number: takeUpDue()
            case let descriptor:
                guard let connection = server.connections.take(descriptor, on: .taken) else { continue }
                look(at: connection, isLast: event.isLast)
            }
        }
    }

    /// Takes the next event. A thread too many is parked, unless there is one already: to wake another one for it would
    /// take longer than the request.
    private func nextEvent() -> Poller.Event? {
        let ready = server.connections.ready
        if server.active.areTooMany {
            if let event = ready.wait(milliseconds: 0) { return event }
            server.active.rest()
        }
        return ready.wait()
    }

    private mutating func accept() {
        if server.isDraining.load(ordering: .acquiring) { return }
        do throws(SystemError) {
            var connection = try server.accept()
            server.listen()
            // Mostly its request is there already.
            connection.apply(.taken)
            look(at: connection, isLast: false)
        } catch {
            if [EAGAIN, EINTR, ECONNABORTED, EPROTO].contains(error.code) {
                server.listen()
            } else if !server.isDraining.load(ordering: .acquiring) {
                server.acceptLater(code: error.code)
            }
        }
    }

    private mutating func look(at connection: consuming Connection, isLast: Bool) {
        let result = probe.look(at: connection.descriptor)
        connection.apply(result.event(isLast: isLast))
        switch result {
        case .records(.request(let endsInput)): answer(connection, endsInput: endsInput)
        case .records(.oversized): answer(connection, isOversized: true)
        case .records(.management(let length)): reply(on: connection, length: length)
        case .records(.remains(let length)):
            _ = probe.take(length, from: connection.descriptor)
            connection.apply(.dispatched)
            server.settleWithoutRequest(connection)
        case .nothing:
            server.settleWithoutRequest(connection)
        case .ended, .records(.incomplete), .records(.faulty): server.settle(connection, after: result)
        }
    }

    /// Answers the management records that lie on a connection.
    private func reply(on connection: consuming Connection, length: Int) {
        let records = ManagementRecords(probe.take(length, from: connection.descriptor))
        let isSent = records.answer(on: connection.descriptor, requests: server.settings.threads)
        connection.apply(isSent ? .dispatched : .foundEnd)
        server.settleWithoutRequest(connection)
    }

    /// Answers the request that lies on a connection.
    ///
    /// - Parameters:
    ///   - endsInput: whether it has the end of its body stream as its end.
    ///   - isOversized: whether its body is over the limit, and is not there in full. Then nothing past the parameters
    ///     is for libfcgi, which trusts what it reads, and nobody has looked at what will come.
    private mutating func answer(
        _ connection: consuming Connection, endsInput: Bool = false, isOversized: Bool = false
    ) {
        guard request.begin(on: connection.descriptor) else {
            connection.apply(.unreadable)
            server.settle(connection, after: .records(.faulty(.unreadable)))
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

    /// Writes a response, or keeps its request until there is one.
    ///
    /// - Parameter isAtEnd: whether the request has been read to its end. Else nobody could tell what its peer sends.
    private mutating func deliver(
        _ answer: Answer, to variables: MetaVariables, on connection: consuming Connection, isAtEnd: Bool
    ) {
        let response: Response
        switch answer {
        case .response(let given): response = given
        case .postponed(let postponement) where isAtEnd && !server.delayed.isFullOfResumptions:
            let next = DelayedResponse.Next.resume(postponement, variables)
            let parked = delay(on: connection.descriptor, until: postponement.deadline, next)
            connection.apply(.postponed)
            server.park(parked, on: connection, until: postponement)
            return
        case .postponed(let postponement): response = postponement.conclude()
        }
        let output = response.cgiOutput(for: variables)
        // A long response waits for its peer to read it.
        _ = output.count > Self.writeLimit ? blocking { request.write(output) } : request.write(output)
        let due = response.earliest ?? (response.delay > .zero ? .now + response.delay : nil)
        if let due, due > .now, isAtEnd, server.delayed.hasRoom(isUrgent: response.earliest != nil) {
            let delayed = delay(on: connection.descriptor, until: due, .finish)
            connection.apply(.delayed)
            server.settle(connection)
            server.delayed.hold(delayed)
        } else {
            server.end(&request, on: connection, isAtEnd: isAtEnd)
        }
    }

    /// Makes the request a delayed response, and another one ready for the next connection.
    private mutating func delay(
        on descriptor: Int32, until due: ContinuousClock.Instant, _ next: DelayedResponse.Next
    ) -> DelayedResponse {
        var delayed = FCGXRequest()
        swap(&delayed, &request)
        return DelayedResponse(delayed, on: descriptor, due: due, next: next)
    }

    /// Sends the delayed responses that are due to their end, or answers their requests anew.
    private mutating func takeUpDue() {
        while let response = server.delayed.takeDue() {
            // It is there: a request whose client has gone is first taken out of the delayed responses.
            guard let connection = server.connections.take(response.descriptor, on: .due) else { continue }
            response.request.withLock { swap(&$0, &request) }
            switch response.next {
            case .finish: server.end(&request, on: connection, isAtEnd: true)
            case .resume(let postponement, let variables):
                deliver(postponement.resume(), to: variables, on: connection, isAtEnd: true)
            }
        }
    }

    /// The most bytes that a socket surely takes at once.
    private static let writeLimit = 32 << 10
}
