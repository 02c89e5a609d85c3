/// Bytes as hexadecimal digits.
///
/// ```swift
/// Hex.encode([0x0F, 0xA0])                                     // "0fa0"
/// Hex.bits(of: "acct_6c8a1f3b2d4e5f7a", behind: "acct_")       // 0x6c8a_1f3b_2d4e_5f7a
/// ```
public enum Hex {
    /// The two lowercase digits of each byte.
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        let count = 2 * bytes.count
        return unsafe String(unsafeUninitializedCapacity: count) { text in
            var index = 0
            for byte in bytes {
                unsafe text[index] = digit(byte >> 4)
                unsafe text[index + 1] = digit(byte & 15)
                index += 2
            }
            return index
        }
    }

    /// The lowercase digit of a number below 16.
    @inlinable
    public static func digit(_ number: UInt8) -> UInt8 {
        number < 10 ? UInt8(ascii: "0") + number : UInt8(ascii: "a") + number - 10
    }

    /// The 64 bits of an identifier: a prefix and 16 lowercase digits; `nil` if the prefix, the length or a digit is
    /// wrong.
    public static func bits(of text: String, behind prefix: String) -> UInt64? {
        // Compares bytes: `hasPrefix` normalizes, which takes quadratic time on long runs of combining marks.
        let digits = text.utf8.dropFirst(prefix.utf8.count)
        guard text.utf8.starts(with: prefix.utf8), digits.count == 16 else { return nil }
        var bits: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): bits = bits << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): bits = bits << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return bits
    }

    /// The value of a digit, in either case; `nil` if the character is not one.
    @inlinable
    public static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
