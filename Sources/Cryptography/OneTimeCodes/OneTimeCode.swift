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
