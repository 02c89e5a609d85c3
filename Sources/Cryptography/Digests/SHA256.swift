import COpenSSL

/// SHA-256 (FIPS 180-4).
public enum SHA256 {
    /// The digest of a text's UTF-8 bytes: 32 bytes.
    public static func digest(of text: String) -> [UInt8] {
        var text = text
        return text.withUTF8 { unsafe digest(of: UnsafeRawBufferPointer($0)) }
    }

    /// The digest of bytes: 32 bytes.
    public static func digest(of bytes: [UInt8]) -> [UInt8] {
        unsafe bytes.withUnsafeBytes { unsafe digest(of: $0) }
    }

    private static func digest(of bytes: UnsafeRawBufferPointer) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { digest, count in
            let made = unsafe postern_sha256(bytes.baseAddress, bytes.count, digest.baseAddress)
            precondition(made == 1, "libcrypto cannot make an SHA-256")
            count = Int(SHA256_DIGEST_LENGTH)
        }
    }
}
