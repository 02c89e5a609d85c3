/// A length of time as people write it: a number and `s`, `m`, `h` or `d`, such as `90d`; at most a hundred years.
struct TimeSpan: Sendable, Equatable {
    /// The most that is accepted, in seconds.
    static let maximum: Int64 = 36500 * 86400

    /// Its length in seconds.
    let seconds: Int64

    /// Reads a length of time; `nil` where the text is none.
    init?(_ text: String) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
        guard let unit = text.last.flatMap({ units[$0] }), let number = Int64(text.dropLast()),
            (0...Self.maximum / unit).contains(number)
        else { return nil }
        seconds = number * unit
    }
}
