import COpenSSL

/// PBKDF2 with HMAC-SHA-256 (RFC 8018, section 5.2), computed by OpenSSL's `PKCS5_PBKDF2_HMAC`.
public struct PBKDF2: Sendable, Hashable {
    /// The number of iterations: 1 to 10,000,000.
    public let iterations: Int

    /// The most iterations: some seconds of work.
    static let maximumIterations = 10_000_000

    /// Makes the parameter; `nil` where it is out of its bounds.
    public init?(iterations: Int) {
        guard (1...Self.maximumIterations).contains(iterations) else { return nil }
        self.iterations = iterations
    }

    /// Derives `length` bytes from a password.
    ///
    /// - Throws: `CryptographyError.failed`.
    func derive(_ password: Secret, salt: [UInt8], length: Int) throws(CryptographyError) -> [UInt8] {
        try OpenSSL.setUp()
        var output = [UInt8](repeating: 0, count: length)
        let succeeded = password.withSpan { password in
            unsafe password.withUnsafeBytes { password in
                unsafe PKCS5_PBKDF2_HMAC(
                    password.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(password.count), salt,
                    Int32(salt.count), Int32(iterations), EVP_sha256(), Int32(length), &output) == 1
            }
        }
        guard succeeded else {
            throw .failed(operation: "OpenSSL's PKCS5_PBKDF2_HMAC", reason: OpenSSL.takeLastError())
        }
        return output
    }
}
