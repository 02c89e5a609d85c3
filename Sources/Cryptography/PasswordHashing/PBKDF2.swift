import COpenSSL

/// PBKDF2 with HMAC (RFC 8018, section 5.2), computed by OpenSSL's `PKCS5_PBKDF2_HMAC`.
///
/// ```swift
/// let parameters = PBKDF2(iterations: 600_000)   // OWASP's minimum with SHA-256
/// ```
public struct PBKDF2: Sendable, Hashable {
    /// The digest of HMAC. New hashes are made with SHA-256; the others are those of other programs.
    public enum Digest: String, Sendable, CaseIterable {
        case sha1
        case sha256
        case sha512

        var algorithm: DigestAlgorithm {
            switch self {
            case .sha1: .sha1
            case .sha256: .sha256
            case .sha512: .sha512
            }
        }
    }

    /// The number of iterations: 1 to 10,000,000.
    public let iterations: Int
    /// The digest of HMAC.
    public let digest: Digest

    /// The most iterations: some seconds of work.
    static let maximumIterations = 10_000_000

    /// Makes the parameters; `nil` if the iterations are out of their bounds.
    public init?(iterations: Int, digest: Digest = .sha256) {
        guard (1...Self.maximumIterations).contains(iterations) else { return nil }
        self.iterations = iterations
        self.digest = digest
    }

    /// The name in a PHC string.
    var name: String { "pbkdf2-\(digest.rawValue)" }

    /// The digest that a name in a PHC string stands for; `nil` if it is another algorithm's.
    static func digest(named name: Substring) -> Digest? {
        name.hasPrefix("pbkdf2-") ? Digest(rawValue: String(name.dropFirst("pbkdf2-".count))) : nil
    }

    /// Derives `length` bytes from a password.
    ///
    /// - Throws: `CryptographyError.failed`.
    func derive(_ password: Secret, salt: [UInt8], length: Int) throws(CryptographyError) -> [UInt8] {
        try unsafe OpenSSL.derive(from: password, length: length, by: "PKCS5_PBKDF2_HMAC") { password, output in
            unsafe PKCS5_PBKDF2_HMAC(
                password.baseAddress, Int32(password.count), salt, Int32(salt.count), Int32(iterations),
                digest.algorithm.staticAlgorithm, Int32(length), &output)
        }
    }
}
