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

extension Timestamp: CustomStringConvertible {
    /// Reads a moment in the form of RFC 3339, section 5.6: `2026-02-08T14:12:45Z` or `2026-02-08t15:12:45.5+01:00`.
    ///
    /// Fractions of a second are dropped. A leap second must be at the end of a month, and becomes the second after it.
    public init?(_ text: String) {
        var reader = Reader(text)
        guard let day = reader.day(), reader.skip("Tt"), let second = reader.second(), let offset = reader.offset(),
            reader.isAtEnd
        else { return nil }
        let moment = Self(day: day, second: second.count - offset)
        guard moment.isWritable else { return nil }
        if second.isLeap {
            let next = CivilDay(sinceEpoch: moment.secondsSince1970 / Self.day)
            guard moment.secondsSince1970.isMultiple(of: Self.day), next.day == 1 else { return nil }
        }
        self = moment
    }

    /// Reads a day, such as `2026-02-08`, as the moment at which it begins in UTC.
    public init?(day text: String) {
        var reader = Reader(text)
        guard let day = reader.day(), reader.isAtEnd else { return nil }
        self.init(day: day, second: 0)
    }

    /// The moment in the form of RFC 3339, such as `2026-02-08T14:12:45Z`.
    public var description: String {
        let day = CivilDay(sinceEpoch: secondsSince1970.floorDivided(by: Self.day))
        let remainder = secondsSince1970 % Self.day
        let second = remainder < 0 ? remainder + Self.day : remainder
        // Room for the years of all seconds. Joined from their parts, the moments of `GET /auth/session` took 23,300
        // instructions in place of 2,400.
        return unsafe String(unsafeUninitializedCapacity: 32) { bytes in
            var end = 0
            func put(_ character: Unicode.Scalar) {
                unsafe bytes[end] = UInt8(ascii: character)
                end += 1
            }
            func put(_ number: UInt64, _ least: UInt64, _ separator: Unicode.Scalar) {
                var unit = least
                while number / unit >= 10 { unit *= 10 }
                while unit > 0 {
                    unsafe bytes[end] = UInt8(ascii: "0") + UInt8(number / unit % 10)
                    end += 1
                    unit /= 10
                }
                put(separator)
            }
            if day.year < 0 { put("-") }
            put(day.year.magnitude, 1000, "-")
            put(day.month.magnitude, 10, "-")
            put(day.day.magnitude, 10, "T")
            put(second.magnitude / 3600, 10, ":")
            put(second.magnitude / 60 % 60, 10, ":")
            put(second.magnitude % 60, 10, "Z")
            return end
        }
    }

    /// The seconds of a day.
    private static let day: Int64 = 86400

    /// The moments that can be written and read again: the years 0000 to 9999.
    private static let range =
        Self(
            day: CivilDay(year: 0, month: 1, day: 1), second: 0)...Self(
            day: CivilDay(year: 9999, month: 12, day: 31), second: day - 1)

    /// True if RFC 3339 has a form for it.
    var isWritable: Bool { Self.range.contains(self) }

    private init(day: CivilDay, second: Int64) {
        self.init(secondsSince1970: day.sinceEpoch * Self.day + second)
    }
}

extension Timestamp {
    /// Reads the parts of a moment in order; `nil` for a part that is missing.
    private struct Reader {
        private var rest: Substring.UTF8View

        init(_ text: String) {
            rest = text[...].utf8
        }

        var isAtEnd: Bool { rest.isEmpty }

        /// Reads one of some characters.
        mutating func skip(_ characters: String) -> Bool {
            guard let first = rest.first, characters.utf8.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }

        /// Reads a number with this many digits, in a range.
        private mutating func number(_ count: Int, _ range: ClosedRange<Int64>) -> Int64? {
            let digits = rest.prefix(count)
            guard digits.count == count, digits.allSatisfy(\.isASCIIDigit) else { return nil }
            rest = rest.dropFirst(count)
            let number = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
            return range.contains(number) ? number : nil
        }

        mutating func day() -> CivilDay? {
            guard let year = number(4, 0...9999), skip("-"), let month = number(2, 1...12), skip("-"),
                let day = number(2, 1...31)
            else { return nil }
            let date = CivilDay(year: year, month: month, day: day)
            // The 30th of February is a different day.
            return CivilDay(sinceEpoch: date.sinceEpoch) == date ? date : nil
        }

        /// Reads hours, minutes and seconds, with or without a fraction.
        mutating func second() -> (count: Int64, isLeap: Bool)? {
            guard let hour = number(2, 0...23), skip(":"), let minute = number(2, 0...59), skip(":"),
                let second = number(2, 0...60)
            else { return nil }
            if skip(".") {
                guard let digit = rest.first, digit.isASCIIDigit else { return nil }
                rest = rest.drop(while: \.isASCIIDigit)
            }
            return (hour * 3600 + minute * 60 + second, second == 60)
        }

        /// Reads the seconds by which local time is ahead of UTC.
        mutating func offset() -> Int64? {
            if skip("Zz") { return 0 }
            let sign: Int64 = skip("-") ? -1 : 1
            guard sign < 0 || skip("+"), let hour = number(2, 0...23), skip(":"), let minute = number(2, 0...59) else {
                return nil
            }
            return sign * (hour * 3600 + minute * 60)
        }
    }
}

/// A day of the proleptic Gregorian calendar (ISO 8601).
private struct CivilDay: Equatable {
    let year, month, day: Int64

    init(year: Int64, month: Int64, day: Int64) {
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// The days of 400 years, after which the calendar repeats.
    private static let era: Int64 = 146_097
    /// The days from 0000-03-01 to 1970-01-01. An era begins in March, so that a leap day is the last day of a year.
    private static let epoch: Int64 = 719_468

    /// The day this many days after 1970-01-01.
    init(sinceEpoch days: Int64) {
        let days = days + Self.epoch
        let era = days.floorDivided(by: Self.era)
        let dayOfEra = days - era * Self.era
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * month + 2) / 5 + 1
        self.month = month < 10 ? month + 3 : month - 9
        year = yearOfEra + era * 400 + (self.month <= 2 ? 1 : 0)
    }

    /// The number of days since 1970-01-01.
    var sinceEpoch: Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year.floorDivided(by: 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * Self.era + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - Self.epoch
    }
}

extension Int64 {
    /// The quotient, rounded down.
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self < 0 && quotient * divisor != self ? quotient - 1 : quotient
    }
}
