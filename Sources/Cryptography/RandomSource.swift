import COpenSSL

/// A source of unpredictable bytes. It is handed in, so that a test can seed it.
///
/// ```swift
/// let challenge = try random.bytes(32)
/// ```
public protocol RandomSource: Sendable {
    /// Makes `count` bytes.
    ///
    /// - Throws: `CryptographyError`, mostly `.noRandomness`.
    func bytes(_ count: Int) throws(CryptographyError) -> [UInt8]
}

/// OpenSSL's generator for values that stay private (`RAND_priv_bytes`).
public struct OpenSSLRandomSource: RandomSource {
    /// Makes a source; it has no state of its own.
    public init() {}

    public func bytes(_ count: Int) throws(CryptographyError) -> [UInt8] {
        try OpenSSL.setUp()
        var bytes = [UInt8](repeating: 0, count: count)
        let made = unsafe RAND_priv_bytes(&bytes, Int32(count))
        guard made == 1 else { throw .noRandomness(reason: OpenSSL.takeLastError()) }
        return bytes
    }
}
