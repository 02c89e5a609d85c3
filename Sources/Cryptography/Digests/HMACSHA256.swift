/// HMAC with SHA-256 (RFC 2104, FIPS 180-4).
public enum HMACSHA256 {
    /// The code of a message under a secret key: 32 bytes, to be compared by `constantTimeEqual`.
    ///
    /// - Throws: `CryptographyError.failed`.
    public static func code(of message: [UInt8], key: Secret) throws(CryptographyError) -> [UInt8] {
        try HMACDigest.of(message, key: key, .sha256)
    }
}
