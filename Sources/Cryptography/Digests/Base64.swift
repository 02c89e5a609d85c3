/// Base64 without padding (RFC 4648): by section 4 the `B64` of the PHC string format, by section 5 "base64url".
///
/// ```swift
/// Base64.url([0xFB, 0xFF])          // "-_8"
/// Base64.decode("-_8", .url)        // [0xFB, 0xFF]
/// ```
public enum Base64 {
    /// The digits for 62 and 63.
    public enum Alphabet: Sendable {
        /// `+` and `/`, of section 4.
        case standard
        /// `-` and `_`, of section 5, which can stand in an address or the name of a file.
        case url

        fileprivate var last: (UInt8, UInt8) {
            switch self {
            case .standard: (UInt8(ascii: "+"), UInt8(ascii: "/"))
            case .url: (UInt8(ascii: "-"), UInt8(ascii: "_"))
            }
        }
    }

    /// The digits of bytes.
    static func encode(_ bytes: [UInt8]) -> String { String(decoding: digits(bytes), as: UTF8.self) }

    /// The digits of bytes in the alphabet of URLs (RFC 4648, section 5; WebAuthn's "base64url").
    public static func url(_ bytes: [UInt8]) -> String {
        var digits: [UInt8] = []
        digits.reserveCapacity((bytes.count + 2) / 3 * 4)
        append(bytes.span, .url, to: &digits)
        return String(decoding: digits, as: UTF8.self)
    }

    /// The digits of bytes as bytes, for those of a secret, which no text may hold.
    ///
    /// - Parameter isPadded: whether `=` fills the last four digits up, as RFC 4648 has it.
    static func digits(_ bytes: [UInt8], isPadded: Bool = false) -> [UInt8] {
        var digits: [UInt8] = []
        digits.reserveCapacity((bytes.count + 2) / 3 * 4)
        append(bytes.span, .standard, to: &digits)
        while isPadded && digits.count % 4 != 0 { digits.append(UInt8(ascii: "=")) }
        return digits
    }

    /// Appends the digits of bytes, of which no copy is made.
    static func append(_ bytes: Span<UInt8>, _ alphabet: Alphabet, to digits: inout [UInt8]) {
        var (bits, count) = (0, 0)
        for index in bytes.indices {
            (bits, count) = (bits << 8 & 0xFFFF | Int(bytes[index]), count + 8)
            while count >= 6 {
                count -= 6
                digits.append(digit(bits >> count & 63, alphabet))
            }
        }
        if count > 0 { digits.append(digit(bits << (6 - count) & 63, alphabet)) }
    }

    /// The bytes that digits encode; `nil` if the text is not the one encoding of any bytes.
    public static func decode(_ text: some StringProtocol, _ alphabet: Alphabet = .standard) -> [UInt8]? {
        decode(Array(text.utf8)[...], alphabet)
    }

    /// The bytes that digits encode, as for a text.
    public static func decode(_ digits: ArraySlice<UInt8>, _ alphabet: Alphabet = .standard) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(3 * digits.count / 4)
        var (bits, count) = (0, 0)
        for digit in digits {
            guard let value = value(digit, alphabet) else { return nil }
            (bits, count) = (bits << 6 & 0xFFFF | value, count + 6)
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        // A digit that adds no byte, or bits behind the last byte, would be a second encoding of the same bytes.
        return count < 6 && bits & (1 << count - 1) == 0 ? bytes : nil
    }

    private static func digit(_ value: Int, _ alphabet: Alphabet) -> UInt8 {
        switch value {
        case ..<26: UInt8(ascii: "A") + UInt8(value)
        case ..<52: UInt8(ascii: "a") + UInt8(value - 26)
        case ..<62: UInt8(ascii: "0") + UInt8(value - 52)
        case 62: alphabet.last.0
        default: alphabet.last.1
        }
    }

    private static func value(_ digit: UInt8, _ alphabet: Alphabet) -> Int? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(digit - UInt8(ascii: "0")) + 52
        case alphabet.last.0: 62
        case alphabet.last.1: 63
        default: nil
        }
    }
}
