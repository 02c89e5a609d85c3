import Identity
import TestSupport
import Testing

extension IdentityStoreContract {
    private static let keys = [1, 2].map { ThrottleKey(bytes: [UInt8](repeating: $0, count: 16)) }

    private func counter(_ attempts: Int64, until: Int64 = 60) -> ThrottleCounter {
        ThrottleCounter(attempts: attempts, since: now, blockedUntil: now + 1, expiresAt: now + until)
    }

    @Test func `counters come back as they went in, and go away`() throws {
        let (one, two) = (Self.keys[0], Self.keys[1])
        #expect(try store.counters(Self.keys) == [:])
        try store.changeCounters([one, two], repeats: true) { counters in
            #expect(counters == [:])
            return [one: counter(1), two: counter(2)]
        }
        #expect(try store.counters(Self.keys) == [one: counter(1), two: counter(2)])
        try store.changeCounters([one], repeats: true) { counters in
            #expect(counters == [one: counter(1)])
            return [one: ThrottleCounter?.none]
        }
        try store.changeCounters([two], repeats: true) { _ in nil }
        #expect(try store.counters(Self.keys) == [two: counter(2)])
    }

    @Test func `what an attempt comes to is told by the server that counted it, and by no other`() throws {
        let (key, kind) = (Self.keys[0], AuditEvent.Kind.loginFailed)
        let server = try store.changeCounters([key], repeats: true) { _ in [key: counter(1)] }
        try store.append(Self.event(kind), on: server)
        let other = StoreServer(number: server.number + 1)
        let error = #expect(throws: StoreError.self) { try store.append(Self.event(kind), on: other) }
        #expect(error?.kind == .unavailable)
        try store.append(Self.event(kind))
    }

    @Test func `counting in parallel loses nothing`() throws {
        let key = Self.keys[0]
        concurrently(20) { _ in
            try store.changeCounters([key], repeats: true) { counters in
                [key: counter((counters[key]?.attempts ?? 0) + 1)]
            }
        }
        #expect(try store.counters([key])[key]?.attempts == 20)
    }

    @Test func `what has expired is pruned`() throws {
        let (one, two) = (Self.keys[0], Self.keys[1])
        try store.changeCounters(Self.keys, repeats: true) { _ in
            [one: counter(1, until: 10), two: counter(2, until: 20)]
        }
        #expect(try store.pruneCounters(at: now + 9, limit: 10) == 0)
        #expect(try store.pruneCounters(at: now + 10, limit: 10) == 1)
        #expect(try store.counters(Self.keys) == [two: counter(2, until: 20)])
    }
}
