public import Cryptography

/// What has an identifier with a prefix of its own.
public protocol Identified {
    /// The prefix, with its underscore.
    static var identifierPrefix: String { get }
}

/// The identifier of an entity: a prefix and 16 lower-case hexadecimal digits, such as `acct_6c8a1f3b2d4e5f7a`.
public struct Identifier<Entity: Identified>: Hashable, Sendable, CustomStringConvertible {
    /// The 64 random bits behind the prefix.
    public let rawValue: UInt64

    /// Makes an identifier from its bits, as the store keeps them.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Makes a new identifier.
    ///
    /// - Throws: `CryptographyError.noRandomness`.
    public init(random: any RandomSource) throws(CryptographyError) {
        rawValue = try random.bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Reads an identifier.
    ///
    /// - Returns: `nil` where prefix, length or a digit is wrong.
    public init?(_ text: some StringProtocol) {
        // By bytes: `hasPrefix` normalizes, for which a text with many combining marks takes quadratic time.
        let prefix = Entity.identifierPrefix.utf8
        let digits = text.utf8.dropFirst(prefix.count)
        guard text.utf8.starts(with: prefix), digits.count == 16 else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        rawValue = value
    }

    public var description: String {
        let prefix = Entity.identifierPrefix.utf8
        return unsafe String(unsafeUninitializedCapacity: prefix.count + 16) { buffer in
            var end = unsafe buffer.initialize(fromContentsOf: prefix)
            var rest = rawValue
            while end < buffer.count {
                let digit = UInt8(truncatingIfNeeded: rest >> 60)
                unsafe buffer[end] = digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
                (rest, end) = (rest << 4, end + 1)
            }
            return end
        }
    }
}
