public import Cryptography
import System

/// An opaque bearer token (RFC 6750): a prefix, 32 random bytes in base62, and a CRC-32 over both in base62.
///
/// The checksum tells a mistyped or foreign token without a look into the store, and lets secret scanners find a leaked
/// one. The store keeps `hash` only.
public struct BearerToken: Sendable {
    /// Who carries it.
    public enum Kind: String, CaseIterable, Sendable {
        /// A program.
        case api = "pst_"
        /// A person, from a login.
        case session = "pss_"
    }

    /// Who carries it.
    public let kind: Kind
    /// What is sent: the only place where it is in clear.
    public let text: String

    private static let randomLength = 32
    private static let payloadDigits = 43
    private static let checksumDigits = 6
    private static let length = 4 + payloadDigits + checksumDigits

    /// Makes a new token.
    ///
    /// - Throws: `CryptographyError.noRandomness`.
    public init(_ kind: Kind, random: any RandomSource) throws(CryptographyError) {
        var payload = try random.bytes(Self.randomLength)
        let body = kind.rawValue + Base62.encode(&payload, digits: Self.payloadDigits)
        self.kind = kind
        text = body + Self.checksum(of: body.utf8)
    }

    /// Checks the form and the checksum of a token.
    ///
    /// - Returns: `nil` where one is wrong: no such token was ever made.
    public init?(_ text: String) {
        guard text.utf8.count == Self.length else { return nil }
        let bytes = Array(text.utf8)
        guard
            let kind = Kind.allCases.first(where: { bytes.starts(with: $0.rawValue.utf8) }),
            bytes[kind.rawValue.utf8.count...].allSatisfy({ Base62.value(of: $0) != nil }),
            Base62.value(of: bytes.suffix(Self.checksumDigits))
                == UInt64(CRC32.checksum(of: bytes.dropLast(Self.checksumDigits)))
        else { return nil }
        self.kind = kind
        self.text = text
    }

    /// The SHA-256 of the token.
    public var hash: TokenHash { TokenHash(bytes: SHA256.digest(of: text)) }

    private static func checksum(of bytes: some Sequence<UInt8>) -> String {
        let sum = CRC32.checksum(of: bytes)
        var bigEndian = (0..<4).map { UInt8(truncatingIfNeeded: sum >> (24 - 8 * $0)) }
        return Base62.encode(&bigEndian, digits: checksumDigits)
    }
}

/// The SHA-256 of a bearer token, by which the store finds it. It is no secret: nobody can make the token from it.
public struct TokenHash: Hashable, Sendable, CustomStringConvertible {
    /// 32 bytes.
    public let bytes: [UInt8]

    /// Takes over a digest.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads 64 lower-case hexadecimal digits; `nil` for anything else.
    public init?(_ text: String) {
        let digits = text.utf8.compactMap { digit -> UInt8? in
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
            default: nil
            }
        }
        guard text.utf8.count == 64, digits.count == 64 else { return nil }
        bytes = (0..<32).map { digits[2 * $0] << 4 | digits[2 * $0 + 1] }
    }

    /// 64 lower-case hexadecimal digits.
    public var description: String { Hex.encode(bytes) }
}

/// Base62: `0`…`9`, `A`…`Z`, `a`…`z`.
enum Base62 {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// The value of a digit; `nil` for anything else.
    static func value(of digit: UInt8) -> UInt64? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(digit - UInt8(ascii: "0"))
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt64(digit - UInt8(ascii: "A") + 10)
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt64(digit - UInt8(ascii: "a") + 36)
        default: nil
        }
    }

    /// The number that at most ten digits write; `nil` where one is none.
    static func value(of digits: ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for digit in digits {
            guard let value = value(of: digit) else { return nil }
            number = number * 62 + value
        }
        return number
    }

    /// Writes a big-endian number with `digits` digits, which must suffice, and leaves zeros in it.
    static func encode(_ number: inout [UInt8], digits: Int) -> String {
        // Four bytes at a time, the first ones first. All are zero in the end.
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

/// CRC-32 as zlib, PNG and Ethernet have it (ISO 3309, reflected, polynomial 0xEDB88320).
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
