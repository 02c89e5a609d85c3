import COpenSSL

/// SHA-256 (FIPS 180-4).
///
/// ```swift
/// Hex.encode(SHA256.digest(of: "abc"))   // "ba7816bf…"
/// ```
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

/// Compares two byte sequences in a time that depends on their lengths alone (`CRYPTO_memcmp`).
///
/// - Returns: whether both have the same length and the same bytes.
public func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    constantTimeEqual(left.span, right.span)
}

/// Compares bytes that are lent, as arrays are.
func constantTimeEqual(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    return unsafe left.withUnsafeBytes { left in
        unsafe right.withUnsafeBytes { right in
            unsafe CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0
        }
    }
}
