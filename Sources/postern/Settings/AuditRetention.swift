import Identity

/// How long the entries of the audit log are kept.
enum AuditRetention: Sendable, Equatable {
    case forever
    case span(TimeSpan)

    /// The shortest span, in seconds.
    static let minimum: Int64 = 86400

    /// Reads `forever` or a length of time of a day at least; `nil` for anything else.
    init?(_ text: String) {
        if text == "forever" {
            self = .forever
        } else if let span = TimeSpan(text), span.seconds >= Self.minimum {
            self = .span(span)
        } else {
            return nil
        }
    }

    /// From before which moment entries go away; `nil` where they stay.
    ///
    /// It is the beginning of a day, so that once a day some go away and the log is told so, not all the time.
    func limit(at now: Timestamp) -> Timestamp? {
        switch self {
        case .forever: nil
        case .span(let span):
            Timestamp(secondsSince1970: (now.secondsSince1970 - span.seconds) / 86400 * 86400)
        }
    }
}
