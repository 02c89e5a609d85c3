/// Moments as other systems write them.
extension Timestamp {
    /// Reads a moment as databases and frameworks write it: as in RFC 3339, or with a space before the time, without
    /// seconds in the offset from UTC, or without an offset, which then is UTC.
    ///
    ///     Timestamp(ofDatabase: "2024-01-02 03:04:05.678901+00")
    init?(ofDatabase text: String) {
        guard (19...40).contains(text.utf8.count) else { return nil }
        var bytes = Array(text.utf8)
        if bytes[10] == UInt8(ascii: " ") { bytes[10] = UInt8(ascii: "T") }
        // What stands behind the seconds and their fraction.
        var end = 19
        if end < bytes.count && bytes[end] == UInt8(ascii: ".") {
            end = bytes[(end + 1)...].firstIndex { !$0.isASCIIDigit } ?? bytes.count
        }
        let offset = String(decoding: bytes[end...].drop { $0 == UInt8(ascii: " ") }, as: UTF8.self)
        guard let zone = Self.zone(offset) else { return nil }
        self.init(String(decoding: bytes[..<end], as: UTF8.self) + zone)
    }

    /// An offset in the form of RFC 3339; `nil` if it is not one.
    private static func zone(_ text: String) -> String? {
        switch text.utf8.count {
        case 0: "Z"
        case 3 where text == "UTC": "Z"
        case 3: text + ":00"
        case 5: "\(text.prefix(3)):\(text.suffix(2))"
        default: text
        }
    }

    /// Reads a whole number of milliseconds since 1970.
    init?(milliseconds text: String) {
        guard let number = Int64(text), String(number) == text else { return nil }
        let moment = Self(secondsSince1970: number / 1000)
        guard moment.isWritable else { return nil }
        self = moment
    }

    /// Reads a generalized time in UTC (RFC 4517, section 3.3.13): `20240102030405Z`, with or without a fraction.
    init?(generalized text: String) {
        let digits = Array(text.utf8.prefix(14))
        guard digits.count == 14, text.utf8.last == UInt8(ascii: "Z"), text.utf8.count <= 32 else { return nil }
        func part(_ range: Range<Int>) -> String { String(decoding: digits[range], as: UTF8.self) }
        let fraction = String(decoding: Array(text.utf8)[14...].dropLast(), as: UTF8.self)
        self.init(
            "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(8..<10)):\(part(10..<12)):\(part(12..<14))"
                + "\(fraction)Z")
    }
}
