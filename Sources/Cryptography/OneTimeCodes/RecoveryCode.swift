/// A code by which somebody logs in who has lost every other factor: 50 random bits as ten of Crockford's digits, in
/// two groups for people, such as `4K7QX-M9D2A`. Each serves once.
///
/// ```swift
/// let codes = try RecoveryCode.set(random: random)
/// let digest = try HMACSHA256.code(of: Array("\(account) ".utf8) + codes[0].digits, key: secret)
/// ```
public struct RecoveryCode: Sendable, Hashable {
    /// The number of codes of a set.
    public static let count = 10
    /// The digits of a code, five bits each.
    private static let length = 10
    /// The most bytes of a text that is looked at as a code.
    private static let longestText = 32

    /// The ten digits in ASCII, as the code's digest is made of them.
    public let digits: [UInt8]

    /// Reads a code as it was typed: in either case, with hyphens and spaces anywhere, and I, L and O for the digits
    /// that they look like.
    ///
    /// - Returns: `nil` if it is not a code.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.longestText else { return nil }
        var digits: [UInt8] = []
        for byte in text.utf8 where byte != UInt8(ascii: "-") && byte != UInt8(ascii: " ") {
            guard let value = Base32.readableValue(byte) else { return nil }
            digits.append(Base32.readableAlphabet[Int(value)])
        }
        guard digits.count == Self.length else { return nil }
        self.digits = digits
    }

    /// Draws a code.
    ///
    /// - Throws: `CryptographyError.noRandomness`.
    public init(random: any RandomSource) throws(CryptographyError) {
        // Five of each byte's bits are random as well.
        digits = try random.bytes(Self.length).map { Base32.readableAlphabet[Int($0 & 31)] }
    }

    /// Draws the codes of an account, each another one.
    ///
    /// - Throws: `CryptographyError.noRandomness`.
    public static func set(random: any RandomSource) throws(CryptographyError) -> [RecoveryCode] {
        var codes: [RecoveryCode] = []
        while codes.count < count {
            let code = try RecoveryCode(random: random)
            if !codes.contains(code) { codes.append(code) }
        }
        return codes
    }

    /// The text for people, in two groups of five.
    public var text: String {
        let half = Self.length / 2
        return String(decoding: digits[..<half] + [UInt8(ascii: "-")] + digits[half...], as: UTF8.self)
    }
}
