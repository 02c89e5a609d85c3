import FoundationEssentials

/// A moment in UTC, to the second.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Seconds since 1970-01-01T00:00:00Z, without leap seconds.
    public let secondsSince1970: Int64

    /// Makes a moment from its seconds, as the store keeps them.
    public init(secondsSince1970: Int64) {
        self.secondsSince1970 = secondsSince1970
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.secondsSince1970 < right.secondsSince1970
    }

    /// The moment some seconds later.
    public static func + (moment: Self, seconds: Int64) -> Self {
        Self(secondsSince1970: moment.secondsSince1970 + seconds)
    }
}

/// What time it is. Handed in, so that a test can set it.
public struct WallClock: Sendable {
    /// The present moment.
    public let now: @Sendable () -> Timestamp
    /// The time since some moment in the past, which nobody can set.
    public let uptime: @Sendable () -> Duration

    /// The seconds by which a moment in the past may seem to lie ahead, since somebody has set the clock right.
    public static let tolerance: Int64 = 300

    /// Makes a clock from functions.
    public init(
        now: @escaping @Sendable () -> Timestamp,
        uptime: @escaping @Sendable () -> Duration = { hostClockStart.duration(to: .now) }
    ) {
        self.now = now
        self.uptime = uptime
    }

    /// A moment from which the uptime counts. The clock behind it also runs while the host sleeps.
    public static let hostClockStart = ContinuousClock.now

    /// The clock of the host.
    public static let system = WallClock {
        Timestamp(secondsSince1970: Int64(Date().timeIntervalSince1970.rounded(.down)))
    }
}
