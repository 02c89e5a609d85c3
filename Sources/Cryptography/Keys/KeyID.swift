import System

/// The identifier of a key of the installation: `key_` and 16 lower-case hexadecimal digits. It is not secret, and
/// stands in each value that was made by the key.
///
/// ```swift
/// KeyID("key_0123456789abcdef")?.description   // key_0123456789abcdef
/// ```
public struct KeyID: Hashable, Sendable, Comparable, CustomStringConvertible {
    private static let prefix = "key_"
    /// The bytes of the identifier in a value.
    static let length = 8

    /// The 64 bits after the prefix.
    public let rawValue: UInt64

    /// Makes an identifier of its stored bits.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Draws an identifier.
    ///
    /// - Throws: `CryptographyError.noRandomness`.
    public init(random: any RandomSource) throws(CryptographyError) {
        self.init(bytes: try random.bytes(Self.length)[...])
    }

    /// Reads an identifier; `nil` if the prefix, the length or a digit is wrong.
    public init?(_ text: String) {
        guard let bits = Hex.bits(of: text, behind: Self.prefix) else { return nil }
        rawValue = bits
    }

    /// Makes an identifier of its 8 bytes in a value.
    init(bytes: ArraySlice<UInt8>) {
        rawValue = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The 8 bytes in a value, the highest first.
    var bytes: [UInt8] { (0..<Self.length).reversed().map { UInt8(truncatingIfNeeded: rawValue >> (8 * $0)) } }

    /// The text.
    public var description: String { Self.prefix + Hex.encode(bytes) }

    /// The order of the bits, which means nothing: for lists that shall always look the same.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
