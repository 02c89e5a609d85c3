import Identity

/// A time span as people write it: a number and `s`, `m`, `h` or `d`, such as `90d`; at most a hundred years.
struct TimeSpan: Sendable, Equatable {
    /// The longest valid span, in seconds.
    static let maximum: Int64 = 36500 * 86400

    let seconds: Int64

    /// The shortest text for a number of seconds: `90d` for 7776000.
    static func text(ofSeconds seconds: Int64) -> String {
        let units: [(Int64, String)] = [(86400, "d"), (3600, "h"), (60, "m")]
        guard let (length, unit) = units.first(where: { seconds > 0 && seconds.isMultiple(of: $0.0) }) else {
            return "\(seconds)s"
        }
        return "\(seconds / length)\(unit)"
    }

    /// Reads a time span; `nil` if the text is not one.
    init?(_ text: String) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
        guard let unit = text.last.flatMap({ units[$0] }), let number = Int64(text.dropLast()),
            (0...Self.maximum / unit).contains(number)
        else { return nil }
        seconds = number * unit
    }
}

/// The time for which entries of the audit log are kept.
enum AuditRetention: Sendable, Equatable {
    case forever
    case span(TimeSpan)

    /// The shortest span, in seconds.
    static let minimum: Int64 = 86400

    /// Reads `forever` or a time span of a day or more; `nil` for anything else.
    init?(_ text: String) {
        if text == "forever" {
            self = .forever
        } else if let span = TimeSpan(text), span.seconds >= Self.minimum {
            self = .span(span)
        } else {
            return nil
        }
    }

    /// The moment before which entries are removed; `nil` if they are kept forever.
    ///
    /// It is the beginning of a day, so that entries are removed, and the removal is logged, once a day.
    func limit(at now: Timestamp) -> Timestamp? {
        switch self {
        case .forever: nil
        case .span(let span):
            Timestamp(secondsSince1970: (now.secondsSince1970 - span.seconds) / 86400 * 86400)
        }
    }
}
