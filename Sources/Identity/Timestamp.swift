import FoundationEssentials

/// A moment in UTC, to the second.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Seconds since 1970-01-01T00:00:00Z, without leap seconds.
    public let secondsSince1970: Int64

    /// Makes a moment from its seconds, as the store keeps them.
    public init(secondsSince1970: Int64) {
        self.secondsSince1970 = secondsSince1970
    }

    /// Reads a moment in the form of RFC 3339 that ends with `Z`, such as `2026-02-08T14:12:45Z`.
    public init?(_ text: String) {
        guard text.utf8.count == 20, let date = try? Date(text, strategy: .iso8601) else { return nil }
        self.init(secondsSince1970: Int64(date.timeIntervalSince1970))
        // What is read leniently, such as the 30th of February, is written otherwise.
        guard description == text else { return nil }
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.secondsSince1970 < right.secondsSince1970
    }

    /// The moment some seconds later.
    public static func + (moment: Self, seconds: Int64) -> Self {
        Self(secondsSince1970: moment.secondsSince1970 + seconds)
    }

    /// The moment in the form of RFC 3339, such as `2026-02-08T14:12:45Z`.
    public var description: String {
        Date(timeIntervalSince1970: TimeInterval(secondsSince1970)).formatted(.iso8601)
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
