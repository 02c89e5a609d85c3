/// Base62: `0`…`9`, `A`…`Z`, `a`…`z`.
enum Base62 {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// The value of a digit; `nil` for any other byte.
    static func value(of digit: UInt8) -> UInt64? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(digit - UInt8(ascii: "0"))
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt64(digit - UInt8(ascii: "A") + 10)
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt64(digit - UInt8(ascii: "a") + 36)
        default: nil
        }
    }

    /// The value of at most ten digits; `nil` if one of them is not valid.
    static func value(of digits: ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for digit in digits {
            guard let value = value(of: digit) else { return nil }
            number = number * 62 + value
        }
        return number
    }

    /// Encodes a big-endian number in `digits` digits, which must suffice, and overwrites it with zeros.
    static func encode(_ number: inout [UInt8], digits: Int) -> String {
        // Four bytes at a time, the most significant first. All are zero in the end.
        var words = [UInt32](repeating: 0, count: (number.count + 3) / 4)
        for index in number.indices {
            let word = words.count - 1 - (number.count - 1 - index) / 4
            words[word] = words[word] << 8 | UInt32(number[index])
            number[index] = 0
        }
        var text = [UInt8](repeating: alphabet[0], count: digits)
        for position in text.indices.reversed() {
            var remainder: UInt64 = 0
            for index in words.indices {
                let value = remainder << 32 | UInt64(words[index])
                words[index] = UInt32(value / 62)
                remainder = value % 62
            }
            text[position] = alphabet[Int(remainder)]
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// The CRC-32 of zlib, PNG and Ethernet (ISO 3309, reflected, polynomial 0xEDB88320).
enum CRC32 {
    static func checksum(of bytes: some Sequence<UInt8>) -> UInt32 {
        let table = table
        return ~bytes.reduce(~0) { sum, byte in
            table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ sum >> 8
        }
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    }
}
