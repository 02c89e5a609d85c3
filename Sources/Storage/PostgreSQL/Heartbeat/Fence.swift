import Synchronization

/// The lease by which a responder trusts its server: an old primary that is cut off goes on answering reads, and would
/// let a revoked credential pass. No standby acknowledges its commits any more, so none of the responder's heartbeats
/// is acknowledged either; and when none was for `lease`, the responder believes nothing that it reads.
///
/// Every lookup asks it twice, without a lock.
final class Fence: Sendable {
    /// The time without an acknowledged heartbeat after which credentials are not looked up any more.
    static let lease = Duration.seconds(10)

    private let start: ContinuousClock.Instant
    /// The begin of the last heartbeat that was acknowledged, in nanoseconds since `start`. It is the begin that
    /// counts: the answer may have been on its way for long.
    private let lastBeat = Atomic(Int64.min)
    private let isOn = Atomic(false)

    /// - Parameter start: any moment before the first heartbeat.
    init(start: ContinuousClock.Instant = .now) { self.start = start }

    /// Trusts nothing from now on, until a heartbeat is acknowledged.
    func close() { isOn.store(true, ordering: .releasing) }

    /// Notes an acknowledged heartbeat.
    ///
    /// - Parameters:
    ///   - begun: the moment at which it was sent.
    ///   - isNeeded: whether there is a standby that may take over.
    func note(begun: ContinuousClock.Instant, isNeeded: Bool) {
        lastBeat.store(Self.nanoseconds(start.duration(to: begun)), ordering: .releasing)
        isOn.store(isNeeded, ordering: .releasing)
    }

    /// Tells that what the server says may be outdated.
    func isClosed(at now: ContinuousClock.Instant = .now) -> Bool {
        guard isOn.load(ordering: .acquiring) else { return false }
        return age(at: now).map { $0 >= Self.lease } ?? true
    }

    /// The time since the last heartbeat that was acknowledged; `nil` where there was none.
    func age(at now: ContinuousClock.Instant = .now) -> Duration? {
        let last = lastBeat.load(ordering: .acquiring)
        return last == .min ? nil : start.duration(to: now) - .nanoseconds(last)
    }

    private static func nanoseconds(_ time: Duration) -> Int64 {
        time.components.seconds * 1_000_000_000 + time.components.attoseconds / 1_000_000_000
    }
}
