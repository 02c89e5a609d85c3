import Glibc

/// A source of the time, handed in so that a test can set it.
///
///     let clock = WallClock(now: { Timestamp(secondsSince1970: 1_800_000_000) })
public struct WallClock: Sendable {
    /// The present moment.
    public let now: @Sendable () -> Timestamp
    /// The time since a fixed moment in the past. Nobody can set it.
    public let uptime: @Sendable () -> Duration

    /// The seconds by which a moment in the past may seem to be in the future, since the clock has been set right.
    public static let tolerance: Int64 = 300

    /// Creates a clock from functions.
    public init(
        now: @escaping @Sendable () -> Timestamp,
        uptime: @escaping @Sendable () -> Duration = { hostClockStart.duration(to: .now) }
    ) {
        self.now = now
        self.uptime = uptime
    }

    /// The moment from which the uptime counts. It includes the time for which the host sleeps.
    public static let hostClockStart = ContinuousClock.now

    /// The clock of the host.
    public static let system = WallClock {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(secondsSince1970: Int64(time.tv_sec))
    }
}
