import COpenSSL

/// SHA-256 (FIPS 180-4).
public enum SHA256 {
    /// The digest of a text's UTF-8 bytes: 32 bytes.
    public static func digest(of text: String) -> [UInt8] {
        var text = text
        return text.withUTF8 { unsafe digest(of: UnsafeRawBufferPointer($0)) }
    }

    /// The digest of some bytes: 32 bytes.
    public static func digest(of bytes: [UInt8]) -> [UInt8] {
        unsafe bytes.withUnsafeBytes { unsafe digest(of: $0) }
    }

    private static func digest(of bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        let made = unsafe EVP_Digest(bytes.baseAddress, bytes.count, &digest, nil, algorithm.digest, nil)
        precondition(made == 1, "libcrypto cannot make an SHA-256")
        return digest
    }

    /// OpenSSL's implementation, fetched once: to look for it takes longer than a short digest.
    @safe private final class Algorithm: Sendable {
        // Never freed, and not changed by its use: threads may share it (EVP_MD_fetch(3)).
        nonisolated(unsafe) let digest: OpaquePointer

        init() {
            guard OpenSSL.isSetUp, let digest = unsafe EVP_MD_fetch(nil, "SHA256", nil) else {
                preconditionFailure("libcrypto has no SHA-256: \(OpenSSL.takeLastError())")
            }
            unsafe self.digest = digest
        }
    }

    private static let algorithm = Algorithm()
}
