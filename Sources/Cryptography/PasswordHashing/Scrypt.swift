import COpenSSL

/// scrypt (RFC 7914), computed by OpenSSL's `EVP_PBE_scrypt`.
///
/// ```swift
/// Scrypt(logCost: 15, blockSize: 8, parallelization: 3)?.memory   // 33558528
/// ```
public struct Scrypt: Sendable, Hashable {
    /// The binary logarithm of the cost N: 1 to 24.
    public let logCost: Int
    /// The block size r: 1 to 64.
    public let blockSize: Int
    /// The parallelization p: 1 to 64.
    public let parallelization: Int

    /// The most memory that parameters may ask for, in bytes: a stored hash must not be able to bring the host down.
    static let memoryLimit = 1 << 30

    /// Makes the parameters; `nil` if one is out of its bounds, or if together they need more than 1 GiB.
    public init?(logCost: Int, blockSize: Int, parallelization: Int) {
        guard (1...24).contains(logCost), (1...64).contains(blockSize), (1...64).contains(parallelization) else {
            return nil
        }
        self.logCost = logCost
        self.blockSize = blockSize
        self.parallelization = parallelization
        guard memory <= Self.memoryLimit else { return nil }
    }

    /// The memory that one computation needs, in bytes.
    public var memory: Int {
        128 * blockSize * (1 << logCost) + 128 * blockSize * parallelization + 32 * blockSize * 4
    }

    /// Derives `length` bytes from a password.
    ///
    /// - Throws: `CryptographyError.failed`, most often for want of memory.
    func derive(_ password: Secret, salt: [UInt8], length: Int) throws(CryptographyError) -> [UInt8] {
        try unsafe OpenSSL.derive(from: password, length: length, by: "EVP_PBE_scrypt") { password, output in
            // `maxmem` 0 would mean 32 MiB, which is too little from N = 2^15 up.
            unsafe EVP_PBE_scrypt(
                password.baseAddress, password.count, salt, salt.count, UInt64(1) << UInt64(logCost),
                UInt64(blockSize), UInt64(parallelization), UInt64(memory + 1 << 20), &output, length)
        }
    }
}
