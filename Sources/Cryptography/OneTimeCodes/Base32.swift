/// Base32: five bits a digit.
enum Base32 {
    /// The digits of RFC 4648, section 6, as authenticator apps take secrets.
    static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
    /// Crockford's digits, for people: without I, L, O and U.
    static let readableAlphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// The digits of bytes, without padding.
    static func encode(_ bytes: Span<UInt8>) -> String {
        var digits: [UInt8] = []
        digits.reserveCapacity((8 * bytes.count + 4) / 5)
        var (bits, count) = (0, 0)
        for index in bytes.indices {
            (bits, count) = (bits << 8 & 0xFFFF | Int(bytes[index]), count + 8)
            while count >= 5 {
                count -= 5
                digits.append(alphabet[bits >> count & 31])
            }
        }
        if count > 0 { digits.append(alphabet[bits << (5 - count) & 31]) }
        return String(decoding: digits, as: UTF8.self)
    }

    /// The value of a digit of Crockford's, in either case: I and L are read as 1, and O as 0.
    static func readableValue(_ digit: UInt8) -> UInt8? {
        let upper = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(digit) ? digit - 32 : digit
        switch upper {
        case UInt8(ascii: "I"), UInt8(ascii: "L"): return 1
        case UInt8(ascii: "O"): return 0
        default: return readableAlphabet.firstIndex(of: upper).map { UInt8($0) }
        }
    }
}
