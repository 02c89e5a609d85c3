extension Base64 {
    /// The digits of bytes in the alphabet of URLs (RFC 4648, section 5; WebAuthn's "base64url").
    public static func url(_ bytes: [UInt8]) -> String {
        var digits: [UInt8] = []
        digits.reserveCapacity((bytes.count + 2) / 3 * 4)
        append(bytes.span, .url, to: &digits)
        return String(decoding: digits, as: UTF8.self)
    }
}
