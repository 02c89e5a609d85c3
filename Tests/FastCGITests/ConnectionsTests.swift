import Dispatch
import Glibc
import Synchronization
import Testing

@testable import FastCGI

struct ConnectionsTests {
    /// The descriptors of new connections: sockets on which nothing ever comes.
    private func open(_ number: Int, _ connections: Connections) throws -> [Int32] {
        try (0..<number).map { _ in
            connections.opened()
            let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            try #require(descriptor >= 0)
            return descriptor
        }
    }

    /// Puts a connection into the table by the events that lead to a state.
    private func put(_ descriptor: Int32, _ state: ConnectionState, _ connections: Connections) {
        var connection = Connection(descriptor)
        let events: [ConnectionState.Event] =
            switch state {
            case .ready: [.dispatched]
            case .partial: [.taken, .foundPart]
            case .lingering: [.taken, .foundRequest, .answeredEarly]
            case .parked: [.taken, .foundRequest, .postponed]
            default: [.taken, .foundRequest, .delayed]
            }
        for event in events { connection.apply(event) }
        connections.put(connection)
    }

    /// - Returns: whether the connection was there to be taken.
    private func take(_ descriptor: Int32, _ event: ConnectionState.Event, _ connections: Connections) -> Bool {
        connections.take(descriptor, on: event) != nil
    }

    private static let waiting = ConnectionState.allCases.filter(\.isWaiting)

    @Test func `each connection is counted once, in hand or in its state`() throws {
        let connections = try Connections()
        // More than there are shards.
        let open = try open(210, connections)
        for (index, descriptor) in open.enumerated() where index % 7 < 5 {
            put(descriptor, Self.waiting[index % 7], connections)
        }
        var counts = connections.counts
        #expect(counts.inHand == 60 && counts.unanswered == 120)
        for state in ConnectionState.allCases { #expect(counts[state] == (state.isWaiting ? 30 : 0), "\(state)") }
        #expect(connections.list(.ready).count == 30)
        #expect(connections.list(.ready, since: .now - .seconds(60)) == [])
        #expect(connections.list(.ready, hasServedNone: true).count == 30)
        #expect(connections.list(.parked, hasServedNone: false).count == 30)
        for (index, descriptor) in open.enumerated() {
            let state = index % 7 < 5 ? Self.waiting[index % 7] : nil
            #expect(connections.state(of: descriptor) == state)
            let event: ConnectionState.Event =
                switch state {
                case .ready: .taken
                case .partial, .lingering: .stalled
                default: .due
                }
            #expect(take(descriptor, event, connections) == (state != nil))
            #expect(connections.state(of: descriptor) == nil)
            #expect(!take(descriptor, event, connections))
        }
        counts = connections.counts
        #expect(counts.inHand == 210 && counts[.ready] == 0)
        #expect(!connections.isEmpty)
        for descriptor in open { connections.close(Connection(descriptor)) }
        #expect(connections.counts.inHand == 0)
        #expect(connections.isEmpty)
    }

    @Test func `of several threads that want to take a connection one gets it`() throws {
        let connections = try Connections()
        let open = try open(8, connections)
        for descriptor in open { put(descriptor, .ready, connections) }
        let taken = Atomic(0)
        let excess = Atomic(0)
        let inHand = open.map { _ in Claim() }
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for round in 0..<4000 {
                let index = (round &* 7 &+ thread) % open.count
                guard var connection = connections.take(open[index], on: .taken) else { continue }
                if inHand[index].value.exchange(true, ordering: .relaxed) { excess.add(1, ordering: .relaxed) }
                taken.add(1, ordering: .relaxed)
                let counts = connections.counts
                if connections.isEmpty || counts.inHand < 1 || counts.inHand + counts[.ready] != open.count {
                    excess.add(1, ordering: .relaxed)
                }
                inHand[index].value.store(false, ordering: .relaxed)
                connection.apply(.dispatched)
                connections.put(connection)
            }
        }
        #expect(excess.load(ordering: .relaxed) == 0)
        #expect(taken.load(ordering: .relaxed) > 0)
        let counts = connections.counts
        #expect(counts.inHand == 0 && counts[.ready] == 8)
        for descriptor in open where take(descriptor, .taken, connections) {
            connections.close(Connection(descriptor))
        }
        #expect(connections.isEmpty)
    }

    @Test func `a connection that the kernel can't watch is closed`() throws {
        let connections = try Connections()
        for state in Self.waiting {
            connections.opened()
            // epoll refuses a file.
            put(unsafe Glibc.open("/dev/null", O_RDONLY), state, connections)
        }
        // A parked one needs no watching, and a delayed one has none.
        let counts = connections.counts
        #expect(counts.inHand == 0 && counts[.parked] == 1 && counts[.delayed] == 1)
        for state in [ConnectionState.ready, .partial, .lingering] { #expect(counts[state] == 0, "\(state)") }
        for descriptor in connections.list(.parked) + connections.list(.delayed) {
            #expect(take(descriptor, .due, connections))
            connections.close(Connection(descriptor))
        }
        #expect(connections.isEmpty)
    }

    private final class Claim: Sendable { let value = Atomic(false) }
}
