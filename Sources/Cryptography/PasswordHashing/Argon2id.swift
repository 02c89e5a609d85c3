import COpenSSL
import System

/// Argon2id, version 0x13 (RFC 9106), computed by OpenSSL's `EVP_KDF`, which offers it from version 3.2 on, else by
/// libargon2.
///
/// Both are looked up when the algorithm is first used, so that one binary runs with every OpenSSL 3, and a process
/// that hashes nothing looks for neither.
///
/// ```swift
/// let parameters = Argon2id(memoryKiB: 19_456, passes: 2, lanes: 1)   // OWASP's minimum
/// ```
public struct Argon2id: Sendable, Hashable {
    /// The memory size m in KiB: 8 p to 1,048,576.
    public let memoryKiB: Int
    /// The number of passes t: 1 to 64.
    public let passes: Int
    /// The number of lanes p: 1 to 64.
    public let lanes: Int

    /// Makes the parameters; `nil` if one is out of its bounds.
    public init?(memoryKiB: Int, passes: Int, lanes: Int) {
        guard (1...64).contains(lanes), (1...64).contains(passes), (8 * lanes...1 << 20).contains(memoryKiB) else {
            return nil
        }
        self.memoryKiB = memoryKiB
        self.passes = passes
        self.lanes = lanes
    }

    /// The memory that one computation needs, in bytes.
    public var memory: Int { memoryKiB << 10 }

    /// The library that computes it.
    enum Engine: Sendable {
        case openSSL
        case libargon2(Argon2Library)
    }

    /// The library that this host has; `nil` without any.
    ///
    /// OpenSSL comes first, since it is loaded anyway. Older versions than 3.2 are not asked: the look-up loads the
    /// configuration and the default provider.
    static let engine: Engine? = {
        if OpenSSL_version_num() >= 0x3020_0000,
            (try? KeyDerivationContext(algorithm: "ARGON2ID", remedy: remedy)) != nil
        {
            return .openSSL
        }
        return (try? Argon2Library()).map { .libargon2($0) }
    }()

    /// The step that makes Argon2id available on a host that lacks it.
    public static let remedy = "install libargon2 (Debian: libargon2-1), or link OpenSSL 3.2 or newer"

    /// Tells whether this host can compute it. The first call looks for the libraries.
    public static var isAvailable: Bool { engine != nil }

    /// The name of the library that computes it, for people; `nil` without any.
    public static var engineName: String? {
        switch engine {
        case .openSSL: "OpenSSL"
        case .libargon2: "libargon2"
        case nil: nil
        }
    }

    /// Derives `length` bytes from a password.
    ///
    /// - Throws: `CryptographyError.unsupported` or `.failed`.
    func derive(_ password: Secret, salt: [UInt8], length: Int) throws(CryptographyError) -> [UInt8] {
        switch Self.engine {
        case .openSSL: try deriveByOpenSSL(password, salt: salt, length: length)
        case .libargon2(let library): try library.derive(password, salt: salt, length: length, self)
        case nil: throw .unsupported(algorithm: "Argon2id", remedy: Self.remedy)
        }
    }

    /// Derives by `EVP_KDF`.
    func deriveByOpenSSL(_ password: Secret, salt: [UInt8], length: Int) throws(CryptographyError) -> [UInt8] {
        let context = try KeyDerivationContext(algorithm: "ARGON2ID", remedy: Self.remedy)
        var output = [UInt8](repeating: 0, count: length)
        var (salt, memory, passes, lanes) = (salt, UInt32(memoryKiB), UInt32(passes), UInt32(lanes))
        // A copy, since the parameters take a mutable pointer, and not null, though the password may be empty.
        var bytes = [UInt8](repeating: 0, count: password.count + 1)
        defer { WipedBytes.wipe(&bytes) }
        password.withSpan { for index in $0.indices { bytes[index] = $0[index] } }
        let succeeded = unsafe withUnsafeParameters(
            &bytes, password.count, &salt, &memory, &passes, &lanes
        ) { unsafe context.derive(into: &output, $0) }
        guard succeeded else { throw .failed(operation: "OpenSSL's Argon2id", reason: OpenSSL.takeLastError()) }
        return output
    }
}

/// Lends the parameters of Argon2id; their pointers are valid during this call only.
private func withUnsafeParameters<Result>(
    _ password: UnsafeMutableRawPointer, _ passwordLength: Int, _ salt: inout [UInt8], _ memory: inout UInt32,
    _ passes: inout UInt32, _ lanes: inout UInt32, _ use: ([OSSL_PARAM]) -> Result
) -> Result {
    unsafe salt.withUnsafeMutableBytes { salt in
        unsafe withUnsafeMutablePointer(to: &memory) { memory in
            unsafe withUnsafeMutablePointer(to: &passes) { passes in
                unsafe withUnsafeMutablePointer(to: &lanes) { lanes in
                    unsafe use([
                        OSSL_PARAM_construct_octet_string(
                            KeyDerivationContext.key("pass"), password, passwordLength),
                        OSSL_PARAM_construct_octet_string(
                            KeyDerivationContext.key("salt"), salt.baseAddress, salt.count),
                        OSSL_PARAM_construct_uint32(KeyDerivationContext.key("memcost"), memory),
                        OSSL_PARAM_construct_uint32(KeyDerivationContext.key("iter"), passes),
                        OSSL_PARAM_construct_uint32(KeyDerivationContext.key("lanes"), lanes),
                        OSSL_PARAM_construct_end(),
                    ])
                }
            }
        }
    }
}
