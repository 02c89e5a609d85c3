import COpenSSL

/// HMAC with SHA-256 (RFC 2104, FIPS 180-4).
///
/// ```swift
/// let code = try HMACSHA256.code(of: Array("message".utf8), key: key)
/// ```
public enum HMACSHA256 {
    /// The code of a message under a secret key: 32 bytes, to be compared by `constantTimeEqual`.
    ///
    /// - Throws: `CryptographyError.failed`.
    public static func code(of message: [UInt8], key: Secret) throws(CryptographyError) -> [UInt8] {
        try HMACDigest.of(message, key: key, .sha256)
    }
}

/// HMAC (RFC 2104), computed by OpenSSL.
enum HMACDigest {
    /// The code of a password under a key that is not secret.
    ///
    /// - Throws: `CryptographyError.failed`.
    static func of(
        _ password: Secret, key: [UInt8], _ algorithm: DigestAlgorithm
    ) throws(CryptographyError) -> [UInt8] {
        try password.withSpan { password throws(CryptographyError) in try of(password, key: key.span, algorithm) }
    }

    /// The code of a message under a secret key.
    ///
    /// - Throws: `CryptographyError.failed`.
    static func of(
        _ message: [UInt8], key: Secret, _ algorithm: DigestAlgorithm
    ) throws(CryptographyError) -> [UInt8] {
        try key.withSpan { key throws(CryptographyError) in try of(message.span, key: key, algorithm) }
    }

    private static func of(
        _ message: Span<UInt8>, key: Span<UInt8>, _ algorithm: DigestAlgorithm
    ) throws(CryptographyError) -> [UInt8] {
        try OpenSSL.setUp()
        var output = [UInt8](repeating: 0, count: algorithm.length)
        // A null pointer would stand for the data of an earlier call.
        let nothing: [UInt8] = [0]
        let succeeded = unsafe message.withUnsafeBufferPointer { message in
            unsafe key.withUnsafeBufferPointer { key in
                unsafe nothing.withUnsafeBufferPointer { nothing in
                    unsafe HMAC(
                        algorithm.staticAlgorithm, key.baseAddress ?? nothing.baseAddress, Int32(key.count),
                        message.baseAddress ?? nothing.baseAddress, message.count, &output, nil) != nil
                }
            }
        }
        guard succeeded else { throw .failed(operation: "OpenSSL's HMAC", reason: OpenSSL.takeLastError()) }
        return output
    }
}
