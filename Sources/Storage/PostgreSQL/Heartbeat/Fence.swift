import Synchronization

/// The lease by which a responder trusts its server: an old primary that is cut off goes on answering reads, and would
/// let a revoked credential pass. No standby acknowledges its commits any more, so none of the responder's heartbeats
/// is acknowledged either; and when none was for `FencingTimes.lease`, the responder believes nothing that it reads.
///
/// Every lookup asks it twice, without a lock.
final class Fence: Sendable {
    let times: FencingTimes
    private let start: ContinuousClock.Instant
    /// The begin of the last heartbeat that was acknowledged, in nanoseconds since `start`. It is the begin that
    /// counts: the answer may have been on its way for long.
    private let lastBeat = Atomic(Int64.min)
    private let isOn = Atomic(false)
    /// The timeline of the server that acknowledged the last heartbeat; `nothing` before the first one.
    private let timeline = Atomic(Fence.nothing)
    /// No timeline: the first one is 1.
    private static let nothing: Int64 = 0

    /// - Parameter start: any moment before the first heartbeat.
    init(_ times: FencingTimes = FencingTimes(), start: ContinuousClock.Instant = .now) {
        (self.times, self.start) = (times, start)
    }

    /// Trusts the server only as long as it acknowledges heartbeats, so not at all before the first one.
    func turnOn() { isOn.store(true, ordering: .releasing) }

    /// Notes an acknowledged heartbeat.
    ///
    /// - Parameters:
    ///   - begun: the moment at which it was sent.
    ///   - isNeeded: whether there is a standby that may take over.
    ///   - timeline: that of the server that acknowledged it.
    /// - Returns: whether another server acknowledged the one before.
    @discardableResult
    func note(begun: ContinuousClock.Instant, isNeeded: Bool, timeline: Int64) -> Bool {
        // First: who sees the young heartbeat has to see which server it is about.
        let former = self.timeline.exchange(timeline, ordering: .acquiringAndReleasing)
        lastBeat.store(Self.nanoseconds(start.duration(to: begun)), ordering: .releasing)
        isOn.store(isNeeded, ordering: .releasing)
        return former != Self.nothing && former != timeline
    }

    /// Tells that what the server says may be outdated.
    ///
    /// - Parameter lease: the time for which it is believed; `nil` for that of the fence.
    func isClosed(at now: ContinuousClock.Instant = .now, after lease: Duration? = nil) -> Bool {
        guard isOn.load(ordering: .acquiring) else { return false }
        return age(at: now).map { $0 >= lease ?? times.lease } ?? true
    }

    /// Tells that a connection leads to the server that acknowledges the heartbeats, as far as its timeline tells: a
    /// connection to the old primary stays open, and would be believed for what the new one acknowledges. Also if
    /// the new one has no standby yet, so that nobody could take over from it: the old one may still answer. Heartbeats
    /// do not go back to it, unless a synchronous standby confirms it (`ConnectionSource.admit`).
    ///
    /// - Parameter timeline: that of the connection's server.
    /// - Returns: `true` for each before the first heartbeat.
    func trusts(timeline: Int64) -> Bool {
        let trusted = self.timeline.load(ordering: .acquiring)
        return trusted == Self.nothing || trusted == timeline
    }

    /// Tells that a server has acknowledged a heartbeat.
    var hasTimeline: Bool { timeline.load(ordering: .acquiring) != Self.nothing }

    /// The time since the last heartbeat that was acknowledged; `nil` if there was none.
    func age(at now: ContinuousClock.Instant = .now) -> Duration? {
        let last = lastBeat.load(ordering: .acquiring)
        return last == .min ? nil : start.duration(to: now) - .nanoseconds(last)
    }

    private static func nanoseconds(_ time: Duration) -> Int64 {
        time.components.seconds * 1_000_000_000 + time.components.attoseconds / 1_000_000_000
    }
}

/// The times of heartbeats, and of the trust that they give.
///
/// All responders of a database have the same ones: a revocation on a new primary waits for `lease`, until the last of
/// them believes nothing by the old one.
struct FencingTimes: Sendable {
    /// The time without an acknowledged heartbeat after which credentials are not looked up any more, and for which a
    /// revocation waits after a promotion.
    var lease = Duration.seconds(10)
    /// The same for the answer that a credential is unknown: one that the new primary has just made is unknown to the
    /// old one, and its owner is better told to come again.
    var shortLease = Duration.seconds(3)
    /// The time from one heartbeat to the next.
    var interval = Duration.seconds(1)
    /// The same after one that failed: a standby may be promoted at any moment, and until a heartbeat has found it,
    /// nothing else of this process trusts it.
    var intervalOfFailure = Duration.milliseconds(250)
    /// The heartbeats from one look at the other servers to the next: so often that one is made within `lease`.
    var beatsBetweenLooks = 5
    /// The time that such a look may take, which holds up the next heartbeat.
    var patienceOfLook = Duration.milliseconds(500)
    /// The time that a heartbeat may take before its connection is given up.
    var patience = Duration.seconds(3)
}
