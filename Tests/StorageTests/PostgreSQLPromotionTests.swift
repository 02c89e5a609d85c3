import Glibc
import Identity
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// A standby that takes over from a primary which does not know it, and goes on answering.
struct PostgreSQLPromotionTests {
    /// The moment at which the old primary, which stood still, goes on.
    enum Thaw { case beforeRevocation, afterAcknowledgement }

    @Test(arguments: [Thaw.beforeRevocation, .afterAcknowledgement])
    func `no store accepts a token whose revocation the new primary has acknowledged`(thaw: Thaw) throws {
        let failover = try PostgreSQLFailover()
        let (pair, installation) = (failover.pair, failover.installation)
        let (session, kept) = (try installation.session(), try installation.session())
        try installation.begin(session)
        try installation.begin(kept)
        // One that finds the new primary, and one that reaches the old one alone.
        let (both, cutOff) = (try failover.store(), try failover.store([pair.primary]))
        try both.startHeartbeat()
        try cutOff.startHeartbeat()
        defer {
            both.stopHeartbeat()
            cutOff.stopHeartbeat()
        }
        for store in [both, cutOff] { try failover.wait(until: .accepted, of: session, by: store) }
        let verifier = FailoverVerifier(failover, [both, cutOff], session)
        defer { _ = verifier.stop() }

        let start = ContinuousClock.now
        try pair.primary.signal(SIGSTOP)
        defer { try? pair.primary.signal(SIGCONT) }
        try pair.standby.control("promote")
        let promotion = ContinuousClock.now
        if thaw == .beforeRevocation { try pair.primary.signal(SIGCONT) }
        let other = try failover.store([pair.standby, pair.primary])
        #expect(try installation.end(session, in: other) == 1)
        let acknowledgement = ContinuousClock.now
        #expect(start.duration(to: acknowledgement) >= failover.times.lease)
        if thaw == .afterAcknowledgement { try pair.primary.signal(SIGCONT) }
        // Longer than a lookup and a heartbeat may take.
        usleep(4_000_000)
        let last = verifier.stop()
        for (store, last) in zip(["both", "cut off"], last) {
            #expect(try #require(last) < acknowledgement, "\(store)")
        }
        // There was something to be kept out: the old primary let it pass, for as long as it was trusted.
        if thaw == .beforeRevocation, start.duration(to: promotion) < .seconds(2) {
            #expect(try #require(last[1]) > promotion)
        }
        // The old primary takes connections all the same, and is left for the new one.
        try failover.wait(until: .accepted, of: kept, by: both)
        #expect(try failover.verdict(session, by: both) == .unknown)
        #expect(try failover.verdict(kept, by: cutOff) == .unavailable)
        #expect(throws: StoreError.self) { try cutOff.checkReadiness() }
    }

    @Test(arguments: [true, false], [true, false])
    func `a revocation that was cut off is acknowledged only where the new primary has it`(
        isReceived: Bool, isPromotedInTime: Bool
    ) throws {
        // So that the standby can have a commit which the primary still waits for.
        let failover = try PostgreSQLFailover(["synchronous_commit = remote_apply"], lease: .seconds(2))
        let (pair, installation) = (failover.pair, failover.installation)
        let session = try installation.session()
        try installation.begin(session)
        let store = try failover.store(patience: isPromotedInTime ? .seconds(60) : .seconds(3))
        if isReceived {
            try pair.standby.signal(SIGSTOP, to: "startup")
        } else {
            try pair.standby.control("stop", "-m", "immediate")
        }
        let revocation = Background { Result { try installation.end(session, in: store) } }
        try failover.waitUntilCommitHangs()
        if isReceived { try waitUntilReceived(pair) }
        try pair.primary.signal(SIGKILL)
        if isReceived { try pair.standby.signal(SIGCONT, to: "startup") } else { try pair.standby.control("start") }
        if isPromotedInTime { try pair.standby.control("promote") }
        let result = try revocation.value()
        if !isPromotedInTime { try pair.standby.control("promote") }

        let isThere = try failover.verdict(session, by: failover.store([pair.standby])) == .unknown
        if isPromotedInTime {
            #expect(try result.get() == 1)
            #expect(isThere)
        } else {
            let error = #expect(throws: StoreError.self) { try result.get() }
            #expect(error?.kind == .uncertain)
            #expect(isThere == isReceived)
        }
        let entries = try installation.schema.number("SELECT count(*) FROM audit_event WHERE kind = 'session.ended'")
        #expect(entries == (isThere ? 1 : 0))
    }

    private func waitUntilReceived(_ pair: PostgreSQLPair) throws {
        let connection = try TestPostgreSQL(pair.primary.uri)
        try PostgreSQLFailover.wait("the standby has everything") {
            try connection.value(
                "SELECT CAST(flush_lsn >= pg_current_wal_lsn() AS TEXT) FROM pg_stat_replication") == "true"
        }
    }

    @Test func `a revocation waits for the rest of the lease after a promotion, and later for nothing`() throws {
        let failover = try PostgreSQLFailover()
        try failover.pair.primary.signal(SIGKILL)
        try failover.pair.standby.control("promote")
        let store = try failover.store()
        let waits = Mutex<[Duration]>([])
        let lease = Duration.seconds(5)
        let promotions = (0..<3).map { _ in
            Promotions(store.pools, isOn: true, lease: lease) { time in waits.withLock { $0.append(time) } }
        }
        func settle(_ number: Int) throws -> [Duration] {
            waits.withLock { $0 = [] }
            try promotions[number].settle(nil, deadline: .now + .seconds(60))
            return waits.withLock { $0 }
        }
        let first = try settle(0)
        let seen = ContinuousClock.now
        #expect(first.count == 1 && first.allSatisfy { $0 > .zero && $0 <= lease })
        // Another process learns from the database since when the timeline is there.
        let second = try settle(1)
        if seen.duration(to: .now) < .seconds(4) {
            #expect(second.count == 1 && second.allSatisfy { $0 > .zero && $0 <= lease })
        }
        usleep(5_000_000)
        for number in 0..<3 { #expect(try settle(number).isEmpty) }
    }

    @Test func `of more revocations than may wait after a promotion, one is told that it may not count yet`() throws {
        let failover = try PostgreSQLFailover()
        try failover.pair.primary.signal(SIGKILL)
        try failover.pair.standby.control("promote")
        let store = try failover.store()
        let waiting = Atomic(0)
        let isOver = Atomic(false)
        let promotions = Promotions(store.pools, isOn: true, lease: .seconds(600)) { _ in
            waiting.add(1, ordering: .relaxed)
            while !isOver.load(ordering: .relaxed) { usleep(10_000) }
        }
        let kinds = Mutex<[StoreError.Kind]>([])
        concurrently(Promotions.mostWaiting + 1) { number in
            if number == Promotions.mostWaiting {
                try PostgreSQLFailover.wait("all others wait") {
                    waiting.load(ordering: .relaxed) == Promotions.mostWaiting
                }
                defer { isOver.store(true, ordering: .relaxed) }
                do {
                    try promotions.settle(nil, deadline: .now + .seconds(60))
                } catch let error as StoreError {
                    kinds.withLock { $0.append(error.kind) }
                }
            } else {
                try promotions.settle(nil, deadline: .now + .seconds(60))
            }
        }
        #expect(kinds.withLock { $0 } == [.uncertain])
    }
}
