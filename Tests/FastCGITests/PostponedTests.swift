import Glibc
import HTTP
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import FastCGI

/// Postpones its answers to `/later` until it is told to give them, and answers everything else at once.
private final class Patient: Handler {
    private struct State {
        var isOpen = false
        var waiting: [@Sendable () -> Void] = []
        var postponed = 0
        /// The number of times that those that wait were told. One that waits only now is told at once.
        var told = 0
    }

    private let state = Mutex(State())
    private let places = Atomic(0)
    let patience: Duration

    init(patience: Duration = .seconds(60)) { self.patience = patience }

    /// The number of postponements.
    var postponed: Int { state.withLock { $0.postponed } }

    /// The number of requests that are kept.
    var kept: Int { places.load(ordering: .relaxed) }

    private func wait(for run: @escaping @Sendable () -> Void, told: Int) {
        let isTold = state.withLock { state in
            if state.told == told { state.waiting.append(run) }
            return state.told != told
        }
        if isTold { run() }
    }

    /// Tells all that wait to come again.
    func tell(opening: Bool) {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.isOpen = opening
            state.told += 1
            return state.waiting
        }
        for run in waiting { run() }
    }

    private final class Place: Sendable {
        let handler: Patient

        init(_ handler: Patient) {
            self.handler = handler
            handler.places.add(1, ordering: .relaxed)
        }

        deinit { handler.places.subtract(1, ordering: .relaxed) }
    }

    func answer(_ received: ReceivedRequest) -> Answer {
        guard case .request(let request) = received else { return .response(Response(status: .badRequest)) }
        return answer(request, Place(self), until: .now + patience)
    }

    private func answer(_ request: Request, _ place: Place, until deadline: ContinuousClock.Instant) -> Answer {
        if request.path != "/later" || state.withLock({ $0.isOpen }) {
            return .response(Response(text: request.path))
        }
        if ContinuousClock.now >= deadline { return .response(Response(status: .tooManyRequests)) }
        let told = state.withLock { state in
            state.postponed += 1
            return state.told
        }
        return .postponed(
            Postponement(
                deadline: deadline, signal: { self.wait(for: $0, told: told) },
                resume: { self.answer(request, place, until: deadline) },
                conclude: { Response(status: .tooManyRequests, body: Array(request.path.utf8)) }))
    }
}

@Suite struct PostponedTests {
    private let later = Records.request(path: "/later", body: [1, 2, 3])

    private func wait(_ isMet: () -> Bool) -> Bool {
        for _ in 0..<10_000 {
            if isMet() { return true }
            usleep(1_000)
        }
        return false
    }

    @Test func whatIsPostponedTakesNoThreadAndComesWhenItIsTold() throws {
        let handler = Patient()
        try withServer(handler: handler, settings: ServerSettings(threads: 1)) { path, running in
            let (peers, other) = (try (0..<5).map { _ in try Peer(path: path) }, try Peer(path: path))
            for peer in peers { try peer.send(later) }
            #expect(wait { handler.postponed == 5 })
            for _ in 0..<20 { #expect(try other.exchange(Records.request())?.body == "/") }
            let status = running.server.status
            #expect(status.answered == 20 && status.inHand <= 1)
            // They come again, and have to wait once more.
            handler.tell(opening: false)
            #expect(wait { handler.postponed == 10 })
            handler.tell(opening: true)
            for peer in peers { #expect(try peer.receiveAnswer()?.body == "/later") }
            // The connections are as good as before.
            for peer in peers { #expect(try peer.exchange(later)?.body == "/later") }
            #expect(running.server.status.accepted == 6 && wait { handler.kept == 0 })
        }
    }

    @Test func whatNobodyTellsOfComesAtItsDeadline() throws {
        let handler = Patient(patience: .milliseconds(300))
        try withServer(handler: handler) { path, _ in
            let peer = try Peer(path: path)
            let time = try time { () throws in
                #expect(try peer.exchange(later)?.status == "Status: 429 Too Many Requests")
            }
            #expect(time >= .milliseconds(300))
            #expect(handler.postponed == 1)
            #expect(try peer.exchange(Records.request())?.body == "/")
        }
    }

    @Test func whereManyWaitTheNextOneIsAnsweredAtOnce() throws {
        let handler = Patient()
        try withServer(handler: handler, settings: ServerSettings(threads: 1)) { path, _ in
            let peers = try (0..<128).map { _ in try Peer(path: path) }
            for peer in peers { try peer.send(later) }
            #expect(wait { handler.postponed == 128 })
            #expect(try Peer(path: path).exchange(later)?.status == "Status: 429 Too Many Requests")
            handler.tell(opening: true)
            for peer in peers { #expect(try peer.receiveAnswer()?.body == "/later") }
        }
    }

    @Test(arguments: [false, true])
    func aClientThatGoesAwayTakesItsRequestAlong(keep: Bool) throws {
        let handler = Patient()
        try withServer(handler: handler) { path, running in
            let (peer, other) = (try Peer(path: path), try Peer(path: path))
            try peer.send(Records.request(path: "/later", keep: keep))
            // One that only says that it sends nothing more reads the answer all the same.
            try other.send(later)
            other.endSending()
            #expect(wait { handler.postponed == 2 })
            peer.close()
            #expect(running.events.await { if case .answerLost = $0 { true } else { false } })
            #expect(wait { handler.kept == 1 })
            handler.tell(opening: true)
            #expect(try other.receiveAnswer()?.body == "/later")
            #expect(running.server.status.answered == 1)
        }
    }

    @Test func aStopAnswersWhatIsPostponed() throws {
        let handler = Patient(patience: .seconds(4))
        try withServer(handler: handler) { path, running in
            let peers = try (0..<3).map { _ in try Peer(path: path) }
            for peer in peers { try peer.send(later) }
            #expect(wait { handler.postponed == 3 })
            running.server.stop()
            #expect(running.events.await { $0 == .draining(inHand: 3) })
            for peer in peers { #expect(try peer.receiveAnswer()?.status == "Status: 429 Too Many Requests") }
            for peer in peers { peer.close() }
            #expect(try running.awaitEnd() == true)
            running.again()
        }
    }

    @Test func aRequestOfWhichMoreMayComeDoesNotWait() throws {
        let handler = Patient()
        try withServer(handler: handler) { path, _ in
            // An authorizer's without a body stream.
            let bytes = Records.request(path: "/later", role: 2).dropLast(8)
            let answer = try Peer(path: path).exchange(Array(bytes))
            #expect(answer?.status == "Status: 429 Too Many Requests")
        }
    }
}
