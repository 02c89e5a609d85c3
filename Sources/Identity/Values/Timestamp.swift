/// A moment in UTC, to the second.
///
///     let end = clock.now() + 86400
///     end.description                          // "2026-02-09T14:12:45Z"
///     Timestamp("2026-02-08T15:12:45+01:00")   // read from RFC 3339
public struct Timestamp: Hashable, Comparable, Sendable {
    /// The seconds since 1970-01-01T00:00:00Z, without leap seconds.
    public let secondsSince1970: Int64

    /// Creates a moment from its stored seconds.
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
