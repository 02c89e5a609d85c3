import Testing

@testable import Storage

/// The lease by which a responder trusts its server, with moments in place of a clock.
struct PostgreSQLFenceTests {
    private let start = ContinuousClock.now

    private func fence(isNeeded: Bool = true, beatAfter seconds: Int = 0) -> Fence {
        let fence = Fence(start: start)
        fence.note(begun: start + .seconds(seconds), isNeeded: isNeeded, timeline: 1)
        return fence
    }

    @Test func `it closes ten seconds after the begin of the last acknowledged heartbeat`() {
        let fence = fence(beatAfter: 3)
        #expect(!fence.isClosed(at: start + .milliseconds(12_999)))
        #expect(fence.isClosed(at: start + .seconds(13)))
        #expect(fence.age(at: start + .seconds(5)) == .seconds(2))
    }

    @Test func `it opens again by itself with the next heartbeat`() {
        let fence = fence()
        #expect(fence.isClosed(at: start + .seconds(60)))
        fence.note(begun: start + .seconds(61), isNeeded: true, timeline: 1)
        #expect(!fence.isClosed(at: start + .seconds(62)))
    }

    @Test func `without a standby nobody needs it`() {
        #expect(!fence(isNeeded: false).isClosed(at: start + .seconds(3600)))
        #expect(!Fence(start: start).isClosed(at: start + .seconds(3600)))
    }

    @Test func `a heartbeat that is not acknowledged makes the earlier ones count`() {
        let fence = fence(isNeeded: false)
        fence.turnOn()
        #expect(!fence.isClosed(at: start + .milliseconds(9_999)))
        #expect(fence.isClosed(at: start + .seconds(10)))
        fence.note(begun: start + .seconds(11), isNeeded: false, timeline: 1)
        #expect(!fence.isClosed(at: start + .seconds(60)))
    }

    @Test func `an unknown credential is believed for three seconds`() {
        let fence = fence()
        #expect(!fence.isClosed(at: start + .milliseconds(2_999), after: .seconds(3)))
        #expect(fence.isClosed(at: start + .seconds(3), after: FencingTimes().shortLease))
        #expect(!fence.isClosed(at: start + .seconds(3)))
        #expect(!self.fence(isNeeded: false).isClosed(at: start + .seconds(60), after: .seconds(3)))
    }

    @Test func `only connections to the server of the last heartbeat are trusted`() {
        let fence = Fence(start: start)
        #expect(fence.trusts(timeline: 1) && fence.trusts(timeline: 2))
        fence.note(begun: start, isNeeded: true, timeline: 1)
        #expect(fence.trusts(timeline: 1) && !fence.trusts(timeline: 2) && !fence.trusts(timeline: 0))
        fence.note(begun: start + .seconds(1), isNeeded: true, timeline: 2)
        #expect(!fence.trusts(timeline: 1) && fence.trusts(timeline: 2))
        // Nobody can take over from it, and the old one may still answer.
        fence.note(begun: start + .seconds(2), isNeeded: false, timeline: 2)
        #expect(!fence.trusts(timeline: 1) && fence.trusts(timeline: 2))
    }

    @Test func `a connection to another server than that of the heartbeats is not lent`() throws {
        let schema = try PostgreSQLTestSchema()
        let store = try schema.store()
        let readers = store.pools.readers
        try readers.lend(until: .now + .seconds(60)) { pooled in #expect(pooled.connection.timeline == 1) }
        store.fence.note(begun: .now, isNeeded: true, timeline: 2)
        #expect(throws: (any Error).self) { try readers.lend(until: .now + .milliseconds(600)) { _ in () } }
        store.fence.note(begun: .now, isNeeded: true, timeline: 1)
        try readers.lend(until: .now + .seconds(60)) { _ in () }
        withExtendedLifetime(schema) {}
    }

    @Test func `a responder that starts trusts nothing before its first heartbeat`() {
        let fence = Fence(start: start)
        fence.turnOn()
        #expect(fence.isClosed(at: start))
        #expect(fence.age(at: start) == nil)
        fence.note(begun: start, isNeeded: true, timeline: 1)
        #expect(!fence.isClosed(at: start))
    }

    @Test(
        arguments: [
            (0, 10_000_000), (4_000_000, 6_000_000), (9_999_999, 1), (10_000_000, 0), (1_000_000_000, 0),
            // The server's clock was set back: never longer than the lease.
            (-5_000_000, 10_000_000),
        ] as [(Int64, Int64)])
    func `a revocation waits for the rest of the first ten seconds of a timeline`(age: Int64, rest: Int64) {
        #expect(Promotions.remaining(microseconds: age, of: .seconds(10)) == .microseconds(rest))
    }
}
