import COpenSSL

/// SHA-256 (FIPS 180-4).
public enum SHA256 {
    /// The digest of a text's UTF-8 bytes: 32 bytes.
    public static func digest(of text: String) -> [UInt8] {
        digest(of: Array(text.utf8))
    }

    /// The digest of some bytes: 32 bytes.
    public static func digest(of bytes: [UInt8]) -> [UInt8] {
        precondition(OpenSSL.isSetUp, "libcrypto cannot be set up")
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        unsafe COpenSSL.SHA256(bytes, bytes.count, &digest)
        return digest
    }
}
