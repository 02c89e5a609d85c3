/// Base64 without padding (RFC 4648, section 4), the `B64` of the PHC string format.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The digits of bytes.
    static func encode(_ bytes: [UInt8]) -> String { String(decoding: digits(bytes), as: UTF8.self) }

    /// The digits of bytes as bytes, for those of a secret, which no text may hold.
    ///
    /// - Parameter isPadded: whether `=` fills the last four digits up, as RFC 4648 has it.
    static func digits(_ bytes: [UInt8], isPadded: Bool = false) -> [UInt8] {
        var digits: [UInt8] = []
        digits.reserveCapacity((bytes.count + 2) / 3 * 4)
        var (bits, count) = (0, 0)
        for byte in bytes {
            (bits, count) = (bits << 8 | Int(byte), count + 8)
            while count >= 6 {
                count -= 6
                digits.append(alphabet[bits >> count & 63])
            }
        }
        if count > 0 { digits.append(alphabet[bits << (6 - count) & 63]) }
        while isPadded && digits.count % 4 != 0 { digits.append(UInt8(ascii: "=")) }
        return digits
    }

    /// The bytes that digits encode; `nil` where the text is not the one encoding of any bytes.
    static func decode(_ text: some StringProtocol) -> [UInt8]? { decode(Array(text.utf8)[...]) }

    /// The bytes that digits encode, as for a text.
    static func decode(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(3 * digits.count / 4)
        var (bits, count) = (0, 0)
        for digit in digits {
            guard let value = value(digit) else { return nil }
            (bits, count) = (bits << 6 & 0xFFFF | value, count + 6)
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        // A digit that adds no byte, or bits behind the last byte, would be a second encoding of the same bytes.
        return count < 6 && bits & (1 << count - 1) == 0 ? bytes : nil
    }

    private static func value(_ digit: UInt8) -> Int? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(digit - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
