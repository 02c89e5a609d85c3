import Glibc
import HTTP
import Synchronization
import System
import TestSupport
import Testing

@testable import FastCGI

struct ActiveThreadsTests {
    /// Holds requests for `/wait` at a gate, and says so or not.
    private struct Holding: Handler {
        let gate: Gate
        let announces: Bool

        func answer(_ received: ReceivedRequest) -> Answer {
            if case .request(let request) = received, request.path == "/wait" {
                if announces { blocking { gate.pass() } } else { gate.pass() }
            }
            return Echo().answer(received)
        }
    }

    /// Waits until so many are parked. Each is parked behind a request, if there are too many then.
    private static func parked(_ running: Running, becomes count: Int, at path: String) throws -> Bool {
        for _ in 0..<1000 {
            if running.server.active.parked == count { return true }
            #expect(try Peer(path: path).exchange(Records.request())?.body == Echo.text())
            usleep(5_000)
        }
        return false
    }

    @Test(arguments: [1, 2, 5])
    func `a thread that waits is replaced at once, and there are never more than are wanted`(limit: Int) throws {
        let gate = Gate()
        let settings = ServerSettings(threads: 8, activeThreads: limit)
        try withServer(handler: Holding(gate: gate, announces: true), settings: settings) { path, running in
            #expect(try Self.parked(running, becomes: 8 - limit, at: path))
            var waiting: [Peer] = []
            for number in 1...7 {
                let peer = try Peer(path: path)
                try peer.send(Records.request(path: "/wait"))
                #expect(gate.awaitArrival())
                waiting.append(peer)
                #expect(running.server.active.parked <= max(0, 8 - limit - number))
                #expect(try Peer(path: path).exchange(Records.request())?.body == Echo.text())
            }
            gate.open(times: 7)
            for peer in waiting { #expect(try peer.receiveAnswer()?.body == Echo.text("GET", "/wait")) }
            #expect(try Self.parked(running, becomes: 8 - limit, at: path))
            for peer in waiting { #expect(try peer.exchange(Records.request())?.body == Echo.text()) }
        }
    }

    @Test func `threads that are stuck without a word are relieved`() throws {
        let gate = Gate()
        let settings = ServerSettings(threads: 5, activeThreads: 2)
        try withServer(handler: Holding(gate: gate, announces: false), settings: settings) { path, running in
            var waiting: [Peer] = []
            for _ in 0..<4 {
                let peer = try Peer(path: path)
                try peer.send(Records.request(path: "/wait"))
                #expect(gate.awaitArrival())
                waiting.append(peer)
            }
            #expect(try Peer(path: path).exchange(Records.request())?.body == Echo.text())
            #expect(running.server.isAlive(within: .seconds(10)))
            gate.open(times: 4)
            for peer in waiting { #expect(try peer.receiveAnswer()?.body == Echo.text("GET", "/wait")) }
            #expect(try Self.parked(running, becomes: 3, at: path))
        }
    }
}
