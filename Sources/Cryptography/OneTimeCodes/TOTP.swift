/// A generator of one-time codes by time (TOTP, RFC 6238), with the parameters that every authenticator app has: SHA-1,
/// six digits, thirty seconds.
///
/// ```swift
/// let totp = try TOTP(random: random)
/// guard let step = try totp.step(of: "287082", at: now), step > lastStep else { … }
/// ```
public struct TOTP: Sendable {
    /// The bytes of a secret: those of SHA-1 (RFC 4226, section 4, R6).
    public static let secretLength = 20
    /// The seconds of a step.
    public static let period: Int64 = 30
    /// The digits of a code.
    public static let digits = 6
    /// The steps by which a clock may be off: the one before, the present one, and the next.
    private static let steps: [Int64] = [-1, 0, 1]
    /// The most bytes of a text that is looked at as a code.
    private static let longestText = 32

    /// The shared secret.
    public let secret: Secret

    /// Takes a secret; `nil` if it does not have 20 bytes.
    public init?(secret: Secret) {
        guard secret.count == Self.secretLength else { return nil }
        self.secret = secret
    }

    /// Draws a secret.
    ///
    /// - Throws: `CryptographyError.noRandomness`.
    public init(random: any RandomSource) throws(CryptographyError) {
        secret = Secret(try random.bytes(Self.secretLength))
    }

    /// The secret in Base32 without padding, for people who cannot scan it.
    public var secretText: String { secret.withSpan { Base32.encode($0) } }

    /// Finds the step of a code: the one before a moment, its own, or the next. The caller sees to it that a step
    /// counts once, and no earlier one after it.
    ///
    /// All three are computed and compared in full, whatever the text, so that the time tells nothing.
    ///
    /// - Parameters:
    ///   - text: the code as it was typed; spaces in it count for nothing.
    ///   - moment: seconds since 1970.
    /// - Returns: the number of the step, the later one if two have the same code; `nil` if it is none of theirs.
    /// - Throws: `CryptographyError.failed`.
    public func step(of text: String, at moment: Int64) throws(CryptographyError) -> Int64? {
        let typed = Self.typedDigits(text)
        var found: Int64?
        for difference in Self.steps {
            let step = max(Self.step(at: moment) + difference, 0)
            if constantTimeEqual(try code(step), typed) { found = step }
        }
        return found
    }

    /// The step at a moment, in seconds since 1970; 0 for one before.
    public static func step(at moment: Int64) -> Int64 { max(moment, 0) / period }

    /// The code of a step, 0 or more: six digits in ASCII.
    ///
    /// - Throws: `CryptographyError.failed`.
    public func code(_ step: Int64) throws(CryptographyError) -> [UInt8] {
        OneTimeCode.digits(try OneTimeCode.number(UInt64(max(step, 0)), secret: secret), count: Self.digits)
    }

    /// The digits of a text; six bytes that are not digits if it is not a code.
    private static func typedDigits(_ text: String) -> [UInt8] {
        let typed = text.utf8.prefix(longestText + 1).filter { $0 != UInt8(ascii: " ") }
        let isCode = text.utf8.count <= longestText && typed.count == digits
        return isCode ? typed : [UInt8](repeating: 0, count: digits)
    }
}

/// A one-time code by counter (HOTP, RFC 4226).
enum OneTimeCode {
    /// The number of a counter, of 31 bits, from whose last digits a code is made (section 5.3).
    ///
    /// - Throws: `CryptographyError.failed`.
    static func number(_ counter: UInt64, secret: Secret) throws(CryptographyError) -> UInt32 {
        let message = (0..<8).reversed().map { UInt8(truncatingIfNeeded: counter >> (8 * UInt64($0))) }
        let code = try HMACDigest.of(message, key: secret, .sha1)
        let offset = Int(code[code.count - 1] & 15)
        return code[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
    }

    /// The last decimal digits of a number.
    static func digits(_ number: UInt32, count: Int) -> [UInt8] {
        var (rest, digits) = (number, [UInt8](repeating: UInt8(ascii: "0"), count: count))
        for index in digits.indices.reversed() {
            digits[index] += UInt8(rest % 10)
            rest /= 10
        }
        return digits
    }
}
