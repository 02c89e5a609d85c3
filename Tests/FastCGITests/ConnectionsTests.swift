import Dispatch
import Glibc
import Synchronization
import Testing

@testable import FastCGI

struct ConnectionsTests {
    /// Connections in hand: sockets on which nothing ever comes.
    private func open(_ number: Int, _ connections: Connections) throws -> [Int32] {
        try (0..<number).map { _ in
            connections.opened()
            let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            try #require(descriptor >= 0)
            return descriptor
        }
    }

    @Test func `each connection is counted once, wherever it is`() throws {
        let connections = try Connections()
        let places: [Connections.Place] = [.ready, .incomplete, .leaving]
        // More than there are shards.
        let open = try open(200, connections)
        for (index, connection) in open.enumerated() where index % 5 < 3 {
            connections.put(connection, at: places[index % 5], isFresh: index % 2 == 0)
        }
        #expect(
            connections.counts == Connections.Counts(inHand: 80, ready: 40, incomplete: 40, leaving: 40))
        #expect(connections.list(.ready).count == 40)
        #expect(connections.list(.ready, isFresh: true).count == 20)
        for (index, connection) in open.enumerated() {
            for place in places {
                let isThere = index % 5 < 3 && place == places[index % 5]
                #expect(connections.has(connection, at: place) == isThere)
                #expect(connections.take(connection, from: place) == (isThere ? index % 2 == 0 : nil))
            }
        }
        #expect(connections.counts == Connections.Counts(inHand: 200))
        #expect(!connections.isEmpty)
        for connection in open { connections.close(connection) }
        #expect(connections.counts == Connections.Counts())
        #expect(connections.isEmpty)
    }

    @Test func `of several that want to take a connection one gets it`() throws {
        let connections = try Connections()
        let open = try open(8, connections)
        for connection in open { connections.put(connection, at: .ready, isFresh: true) }
        let taken = Atomic(0)
        let excess = Atomic(0)
        let inHand = open.map { _ in Claim() }
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for round in 0..<4000 {
                let index = (round &* 7 &+ thread) % open.count
                guard connections.take(open[index], from: .ready) != nil else { continue }
                if inHand[index].value.exchange(true, ordering: .relaxed) { excess.add(1, ordering: .relaxed) }
                taken.add(1, ordering: .relaxed)
                let counts = connections.counts
                if connections.isEmpty || counts.inHand < 1 || counts.inHand + counts.ready != open.count {
                    excess.add(1, ordering: .relaxed)
                }
                inHand[index].value.store(false, ordering: .relaxed)
                connections.put(open[index], at: .ready, isFresh: true)
            }
        }
        #expect(excess.load(ordering: .relaxed) == 0)
        #expect(taken.load(ordering: .relaxed) > 0)
        #expect(connections.counts == Connections.Counts(ready: 8))
        for connection in open where connections.take(connection, from: .ready) != nil { connections.close(connection) }
        #expect(connections.isEmpty)
    }

    private final class Claim: Sendable { let value = Atomic(false) }
}
