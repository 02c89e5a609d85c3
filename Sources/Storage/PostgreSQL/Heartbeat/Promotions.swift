import Identity
import Synchronization
import System

/// The promotions of standbys, as the timeline of a server tells them.
///
/// A responder that still trusts the old primary stops at the end of its lease (`Fence`). So a revocation on the new
/// one is acknowledged only when as much time has passed since the promotion: then it counts for all responders. The
/// moment at which a timeline was seen first stands in the database, so that each process knows it.
final class Promotions: Sendable {
    /// The most revocations that wait: more would keep all threads of the process waiting.
    static let mostWaiting = 16

    private let pools: ConnectionPools
    private let isOn: Bool
    private let lease: Duration
    private let sleep: @Sendable (Duration) -> Void
    /// The moments from which on a revocation counts at once, by timeline.
    private let safe = Mutex<[Int64: ContinuousClock.Instant]>([:])
    private let waiting = Atomic(0)

    /// - Parameters:
    ///   - isOn: `false` if nobody has to wait.
    ///   - lease: the time for which a responder trusts its server after a heartbeat.
    ///   - sleep: waits for a time.
    init(
        _ pools: ConnectionPools, isOn: Bool, lease: Duration,
        sleep: @escaping @Sendable (Duration) -> Void = Backoff.sleep
    ) {
        self.pools = pools
        self.isOn = isOn
        self.lease = lease
        self.sleep = sleep
    }

    /// Waits until a revocation on a timeline counts for all responders.
    ///
    /// - Parameter timeline: `nil` for that of the server that answers now.
    /// - Throws: `StoreError.Kind.uncertain` if too many wait already: it was done, but may not count everywhere;
    ///   `StoreError` or `PostgreSQLError` if the age of the timeline cannot be found.
    func settle(_ timeline: Int64?, deadline: ContinuousClock.Instant) throws {
        guard isOn else { return }
        let timeline = try timeline ?? presentTimeline(deadline)
        let end = try end(of: timeline, deadline)
        let wait = ContinuousClock.now.duration(to: end)
        guard wait > .zero else { return }
        defer { waiting.subtract(1, ordering: .relaxed) }
        guard waiting.add(1, ordering: .relaxed).newValue <= Self.mostWaiting else {
            throw StoreError(
                .uncertain,
                "a revocation was done, but responders may still trust the old primary for \(wait): too "
                    + "many wait for that")
        }
        blocking { sleep(wait) }
    }

    private func presentTimeline(_ deadline: ContinuousClock.Instant) throws -> Int64 {
        try pools.writers.lend(until: deadline) { pooled in
            let results = try pooled.connection.exchange([Self.present], deadline: deadline)
            guard let timeline = try results[0].first({ try $0.number(0) }) else {
                throw PostgreSQLError(.unreadable, "the server did not tell its timeline", wasSent: true)
            }
            return timeline
        }
    }

    private static let present = PostgreSQLStatement("SELECT \(PostgreSQLSchema.timelineNumber)")

    private func end(of timeline: Int64, _ deadline: ContinuousClock.Instant) throws -> ContinuousClock.Instant {
        if let known = safe.withLock({ $0[timeline] }) { return known }
        let age = try pools.writers.lend(until: deadline) { pooled in
            let results = try pooled.connection.exchange(
                [Self.notice(timeline), Self.age(of: timeline)], deadline: deadline)
            return try results[1].first { try $0.number(0) } ?? 0
        }
        let end = ContinuousClock.now + Self.remaining(microseconds: age, of: lease)
        safe.withLock { $0[timeline] = end }
        return end
    }

    /// The time that a revocation has to wait on a timeline that was seen first so long ago.
    static func remaining(microseconds: Int64, of lease: Duration) -> Duration {
        max(.zero, min(lease, lease - .microseconds(microseconds)))
    }

    private static let clock = "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"

    private static func notice(_ timeline: Int64) -> PostgreSQLStatement {
        PostgreSQLStatement(
            "INSERT INTO timeline (number, seen_at) VALUES ($1, \(clock)) ON CONFLICT (number) DO NOTHING",
            [.integer(timeline)])
    }

    /// Notes the server's own timeline, unless it is known.
    static let noticeOwn = PostgreSQLStatement(
        """
        INSERT INTO timeline (number, seen_at) SELECT number, \(clock)
        FROM (SELECT \(PostgreSQLSchema.timelineNumber) AS number) AS own
        WHERE NOT EXISTS (SELECT 1 FROM timeline WHERE timeline.number = own.number) ON CONFLICT (number) DO NOTHING
        """)

    private static func age(of timeline: Int64) -> PostgreSQLStatement {
        PostgreSQLStatement("SELECT \(clock) - seen_at FROM timeline WHERE number = $1", [.integer(timeline)])
    }
}
