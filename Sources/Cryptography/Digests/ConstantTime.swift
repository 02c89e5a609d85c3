import COpenSSL

/// Compares two byte sequences in a time that depends on their lengths alone (`CRYPTO_memcmp`).
///
/// - Returns: whether both have the same length and the same bytes.
public func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return unsafe left.withUnsafeBytes { left in
        unsafe right.withUnsafeBytes { right in
            unsafe CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0
        }
    }
}
