import COpenSSL
import System

/// A digest algorithm that hashes of other programs use, and lists of them.
enum DigestAlgorithm: String, Sendable, CaseIterable {
    case md5
    case sha1
    case sha256
    case sha384
    case sha512

    /// The number of bytes of a digest.
    var length: Int {
        switch self {
        case .md5: 16
        case .sha1: 20
        case .sha256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }

    /// Tells whether libcrypto offers it. MD5 is missing if only the FIPS provider is loaded.
    var isAvailable: Bool { (try? MessageDigest(self)) != nil }

    /// The step that makes it available.
    var remedy: String { "load OpenSSL's default provider, which has \(rawValue)" }

    /// The algorithm as a static of libcrypto, for functions that take no other.
    var staticAlgorithm: OpaquePointer? {
        switch self {
        case .md5: unsafe EVP_md5()
        case .sha1: unsafe EVP_sha1()
        case .sha256: unsafe EVP_sha256()
        case .sha384: unsafe EVP_sha384()
        case .sha512: unsafe EVP_sha512()
        }
    }
}

/// A computation of digests, one after the other, by OpenSSL's `EVP_Digest…`. Its state is wiped when it goes away.
///
/// ```swift
/// let digest = try MessageDigest(.md5)
/// let output = try digest.of { $0.add(salt); $0.add(password) }
/// ```
@safe struct MessageDigest: ~Copyable {
    private let algorithm: OpaquePointer
    private let context: OpaquePointer
    private let length: Int

    /// Looks the algorithm up, which takes longer than a digest.
    ///
    /// - Throws: `CryptographyError.unsupported`.
    init(_ algorithm: DigestAlgorithm) throws(CryptographyError) {
        try OpenSSL.setUp()
        guard let found = unsafe EVP_MD_fetch(nil, algorithm.rawValue.uppercased(), nil) else {
            ERR_clear_error()
            throw .unsupported(algorithm: algorithm.rawValue, remedy: algorithm.remedy)
        }
        guard let context = unsafe EVP_MD_CTX_new() else {
            unsafe EVP_MD_free(found)
            throw .failed(operation: "OpenSSL's EVP_MD_CTX_new", reason: OpenSSL.takeLastError())
        }
        unsafe self.algorithm = found
        unsafe self.context = context
        length = algorithm.length
    }

    deinit {
        unsafe EVP_MD_CTX_free(context)
        unsafe EVP_MD_free(algorithm)
    }

    /// The parts of one digest.
    @safe struct Parts: ~Copyable {
        fileprivate let context: OpaquePointer
        fileprivate var hasSucceeded: Bool

        /// Adds bytes.
        mutating func add(_ bytes: [UInt8]) {
            unsafe bytes.withUnsafeBytes { unsafe add($0) }
        }

        /// Adds the first bytes of an array.
        mutating func add(_ bytes: [UInt8], first count: Int) {
            unsafe bytes.withUnsafeBytes { unsafe add(UnsafeRawBufferPointer(rebasing: $0.prefix(count))) }
        }

        /// Adds a password, of which no copy is made.
        mutating func add(_ secret: Secret) {
            secret.withSpan { span in unsafe span.withUnsafeBytes { unsafe add($0) } }
        }

        /// Adds the first byte of a password.
        mutating func addFirst(of secret: Secret) {
            secret.withSpan { span in
                unsafe span.withUnsafeBytes { unsafe add(UnsafeRawBufferPointer(rebasing: $0.prefix(1))) }
            }
        }

        private mutating func add(_ bytes: UnsafeRawBufferPointer) {
            hasSucceeded = unsafe EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 && hasSucceeded
        }
    }

    /// The digest of the parts that `add` adds.
    ///
    /// - Throws: `CryptographyError.failed`.
    func of(_ add: (inout Parts) -> Void) throws(CryptographyError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: length)
        var parts = unsafe Parts(
            context: context, hasSucceeded: EVP_DigestInit_ex2(context, algorithm, nil) == 1)
        add(&parts)
        let isDone = unsafe EVP_DigestFinal_ex(context, &output, nil) == 1
        guard parts.hasSucceeded, isDone else {
            throw .failed(operation: "OpenSSL's digest", reason: OpenSSL.takeLastError())
        }
        return output
    }
}
