import Dispatch
import Glibc
import HTTP
import HTTPTypes
import System
import TestSupport
import Testing

@testable import FastCGI

/// Holds its answers to everything but `/` back.
private struct Later: Handler {
    let delay: Duration
    var isUrgent = false

    func answer(_ received: ReceivedRequest) -> Answer {
        guard case .request(let request) = received else { return .response(Response(status: .badRequest)) }
        var response = Response(status: .ok, body: Array(request.path.utf8))
        if request.path != "/" {
            response.delay = delay
            if isUrgent { response.earliest = .now + delay }
        }
        return .response(response)
    }
}

@Suite struct DelayedResponsesTests {
    @Test func anAnswerThatIsHeldBackComesInTimeAndHoldsUpNobody() throws {
        try withServer(handler: Later(delay: .seconds(4)), settings: ServerSettings(threads: 1)) {
            path, running in
            let (later, other) = (try Peer(path: path), try Peer(path: path))
            let others = try (0..<3).map { _ in try Peer(path: path) }
            let start = ContinuousClock.now
            for peer in [later] + others { try peer.send(Records.request(path: "/later")) }
            for _ in 0..<20 { #expect(try other.exchange(Records.request())?.body == "/") }
            #expect(ContinuousClock.now - start < .seconds(4))
            // The one thread has one in hand at most; a held-back one takes none.
            let status = running.server.status
            #expect(status.answered == 20 && status.inHand <= 1)
            #expect(try later.receiveAnswer()?.body == "/later")
            #expect(ContinuousClock.now - start >= .seconds(4))
            // The connection is as good as before.
            #expect(try later.exchange(Records.request())?.body == "/")
            #expect(running.server.status.accepted == 5)
        }
    }

    @Test func eachAnswerHasItsOwnTime() throws {
        try withServer(handler: Later(delay: .milliseconds(300)), settings: ServerSettings(threads: 1)) { path, _ in
            let peers = try (0..<3).map { _ in try Peer(path: path) }
            var starts: [ContinuousClock.Instant] = []
            for (number, peer) in peers.enumerated() {
                starts.append(.now)
                try peer.send(Records.request(path: "/\(number)"))
                usleep(100_000)
            }
            for (number, peer) in peers.enumerated() {
                #expect(try peer.receiveAnswer()?.body == "/\(number)")
                #expect(ContinuousClock.now - starts[number] >= .milliseconds(300))
            }
        }
    }

    @Test func whereManyAreHeldBackTheNextOneGoesOutAtOnce() throws {
        try withServer(handler: Later(delay: .seconds(5)), settings: ServerSettings(threads: 1)) { path, running in
            let peers = try (0..<128).map { _ in try Peer(path: path) }
            let start = ContinuousClock.now
            for peer in peers { try peer.send(Records.request(path: "/later")) }
            // One thread takes one after the other, so that all of those before are held back by now.
            #expect(try Peer(path: path).exchange(Records.request())?.body == "/")
            #expect(try Peer(path: path).exchange(Records.request(path: "/next"))?.body == "/next")
            #expect(ContinuousClock.now - start < .seconds(5))
            #expect(running.server.status.answered == 2)
            for peer in peers { #expect(try peer.receiveAnswer()?.body == "/later") }
            #expect(ContinuousClock.now - start >= .seconds(5))
        }
    }

    @Test func forThoseWhoseTimeTellsSomethingThereIsMoreRoom() throws {
        try withServer(
            handler: Later(delay: .milliseconds(1500), isUrgent: true), settings: ServerSettings(threads: 1)
        ) { path, _ in
            let peers = try (0..<200).map { _ in try Peer(path: path) }
            let start = ContinuousClock.now
            for peer in peers { try peer.send(Records.request(path: "/later")) }
            for peer in peers {
                #expect(try peer.receiveAnswer()?.body == "/later")
                #expect(ContinuousClock.now - start >= .milliseconds(1500))
            }
        }
    }

    @Test func whoTakesAnAnswerLeavesTheOthersToOthers() throws {
        let poller = try Poller()
        let held = try DelayedResponses(poller: poller)
        let now = ContinuousClock.now
        // Behind one another, whichever came first.
        for (connection, time) in [(Int32(3), 20), (1, 0), (4, 60_000), (2, 0)] {
            held.hold(DelayedResponse(FCGXRequest(), on: connection, due: now + .milliseconds(time)))
        }
        for connection in 1...3 as ClosedRange<Int32> {
            #expect(poller.wait(milliseconds: 1_000)?.descriptor == held.number)
            #expect(held.takeDue()?.descriptor == connection)
        }
        #expect(held.takeDue() == nil)
        #expect(held.count == 1)
        #expect(poller.wait(milliseconds: 50) == nil)
    }

    @Test func aStopWaitsForWhatIsHeldBack() throws {
        try withServer(handler: Later(delay: .milliseconds(300))) { path, running in
            let peer = try Peer(path: path)
            try peer.send(Records.request(path: "/later"))
            #expect(try Peer(path: path).exchange(Records.request())?.body == "/")
            running.server.stop()
            #expect(try peer.receiveAnswer()?.body == "/later")
            #expect(try running.awaitEnd() == true)
            running.again()
        }
    }

    @Test func aPeerThatLeavesMeanwhileHurtsNobody() throws {
        try withServer(handler: Later(delay: .milliseconds(200)), settings: ServerSettings(threads: 1)) {
            path, running in
            let kept = try Peer(path: path)
            for keep in [true, false] {
                let peer = try Peer(path: path)
                try peer.send(Records.request(path: "/later", keep: keep))
                #expect(try kept.exchange(Records.request())?.body == "/")
                peer.close()
            }
            #expect(try kept.exchange(Records.request(path: "/later"))?.body == "/later")
            #expect(running.server.status.answered == 5)
        }
    }
}
