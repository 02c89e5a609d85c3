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

    /// The rounds that threads have done, and the sign for their end.
    private final class Course: Sendable {
        let stops = Atomic(false)
        let rounds = Atomic(0)
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

    @Test func `none is lost among threads that block and rest at the same time`() throws {
        let (active, course) = (ActiveThreads(limit: 2), Course())
        let threads = try (0..<12).map { number in
            try Thread("test \(number)") {
                active.join()
                while !course.stops.load(ordering: .relaxed) {
                    blocking { _ = sched_yield() }
                    course.rounds.add(1, ordering: .relaxed)
                    if active.areTooMany { active.rest() }
                }
            }
        }
        while course.rounds.load(ordering: .relaxed) < 20_000 { usleep(1_000) }
        #expect(active.parked <= 10)
        course.stops.store(true, ordering: .relaxed)
        active.close()
        for thread in threads { thread.join() }
        #expect(active.parked == 0)
        #expect(!active.areTooMany)
    }
}
