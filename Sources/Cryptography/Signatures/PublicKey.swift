import COpenSSL

/// A signature algorithm, by its number in COSE (RFC 9053; RFC 8812, section 2).
public enum SignatureAlgorithm: Int, Sendable, CaseIterable {
    /// ECDSA with SHA-256, on P-256 alone.
    case es256 = -7
    /// EdDSA, on Ed25519 alone.
    case edDSA = -8
    /// RSASSA-PKCS1-v1_5 with SHA-256, by keys of 2048 to 4096 bits.
    case rs256 = -257
}

/// A public key that checks signatures by one algorithm: it owns an `EVP_PKEY`.
///
/// ```swift
/// let key = try PublicKey(cose: CBOR(stored))
/// let isSigned = try key.verifies(signature, of: message)
/// ```
@safe public struct PublicKey: ~Copyable {
    /// The one algorithm by which the key checks signatures.
    public let algorithm: SignatureAlgorithm
    private let key: OpaquePointer

    /// The sizes of an RSA modulus, in bits: below them keys are too weak (NIST SP 800-131A), above too slow.
    public static let modulusBits = 2048...4096
    /// The bounds of an RSA exponent: the least that FIPS 186-5 allows, and three bytes, since each bit costs a
    /// multiplication. All others in use are 65,537.
    public static let exponents = 65_537..<(1 << 24)

    /// Makes a key of ES256.
    ///
    /// - Parameters:
    ///   - x: the coordinate, 32 bytes, big-endian.
    ///   - y: the other coordinate, likewise. OpenSSL checks that the point is on the curve.
    /// - Throws: `.malformed` or `.notOnCurve`.
    public init(p256 x: ArraySlice<UInt8>, _ y: ArraySlice<UInt8>) throws(PublicKeyError) {
        guard x.count == 32, y.count == 32 else { throw .malformed }
        unsafe key = try P256Key.make([4] + x + y)
        algorithm = .es256
    }

    /// Makes a key of EdDSA, from its 32 bytes (RFC 8032, section 5.1.2).
    ///
    /// Points of small order are refused. OpenSSL takes the bytes as they are: those that are no point of the curve
    /// show only in an assertion, since no signature is one by them.
    ///
    /// - Throws: `.malformed` or `.smallOrder`.
    public init(ed25519 bytes: ArraySlice<UInt8>) throws(PublicKeyError) {
        guard bytes.count == 32 else { throw .malformed }
        guard !Ed25519Point.isOfSmallOrder(bytes) else { throw .smallOrder }
        try Self.setUp()
        guard let key = unsafe EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, Array(bytes), bytes.count) else {
            throw .failed(operation: "EVP_PKEY_new_raw_public_key_ex")
        }
        unsafe self.key = key
        algorithm = .edDSA
    }

    /// Makes a key of RS256, from big-endian numbers without leading zeros (RFC 8230, section 4).
    ///
    /// - Throws: `.malformed`, `.modulusSize` or `.exponent`.
    public init(rsa modulus: ArraySlice<UInt8>, exponent: ArraySlice<UInt8>) throws(PublicKeyError) {
        guard let first = modulus.first, let last = modulus.last, first != 0, last & 1 == 1, let lead = exponent.first,
            lead != 0
        else { throw .malformed }
        let bits = 8 * modulus.count - first.leadingZeroBitCount
        guard Self.modulusBits.contains(bits) else { throw .modulusSize(bits: bits) }
        guard exponent.count <= 3 else { throw .exponent }
        let number = exponent.reduce(0) { $0 << 8 | Int($1) }
        guard Self.exponents.contains(number), number & 1 == 1 else { throw .exponent }
        try Self.setUp()
        guard let key = unsafe Self.rsaKey(modulus, UInt32(number)) else {
            throw .failed(operation: "EVP_PKEY_fromdata")
        }
        unsafe self.key = key
        algorithm = .rs256
    }

    deinit {
        switch algorithm {
        case .es256: unsafe P256Key.recycle(key)
        case .edDSA, .rs256: unsafe EVP_PKEY_free(key)
        }
    }

    private static func rsaKey(_ modulus: ArraySlice<UInt8>, _ exponent: UInt32) -> OpaquePointer? {
        // OpenSSL takes numbers in the byte order of the machine.
        var modulus = UInt16(1).littleEndian == 1 ? modulus.reversed() : Array(modulus)
        var exponent = exponent
        guard let context = unsafe EVP_PKEY_CTX_new_from_name(nil, "RSA", nil) else { return nil }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        let publicKey = OSSL_KEYMGMT_SELECT_ALL_PARAMETERS | OSSL_KEYMGMT_SELECT_PUBLIC_KEY
        unsafe modulus.withUnsafeMutableBufferPointer { modulus in
            unsafe withUnsafeMutablePointer(to: &exponent) { exponent in
                var parameters = unsafe [
                    OSSL_PARAM_construct_BN(KeyDerivationContext.key("n"), modulus.baseAddress, modulus.count),
                    OSSL_PARAM_construct_uint32(KeyDerivationContext.key("e"), exponent), OSSL_PARAM_construct_end(),
                ]
                guard unsafe EVP_PKEY_fromdata_init(context) == 1 else { return }
                _ = unsafe EVP_PKEY_fromdata(context, &key, publicKey, &parameters)
            }
        }
        return unsafe key
    }

    static func setUp() throws(PublicKeyError) {
        do throws(CryptographyError) { try OpenSSL.setUp() } catch { throw .cryptography(error) }
    }
}

extension PublicKey {
    /// Tells whether a signature is one of a message by this key. ES256 takes it in DER (RFC 3279, section 2.2.3).
    ///
    /// - Throws: `CryptographyError.failed`, if OpenSSL could not check it.
    public func verifies(_ signature: [UInt8], of message: [UInt8]) throws(CryptographyError) -> Bool {
        // A null pointer is never handed on, and no algorithm has an empty signature.
        guard !signature.isEmpty else { return false }
        defer { ERR_clear_error() }
        return switch algorithm {
        case .edDSA: try verifiesMessage(signature, message)
        case .es256, .rs256: try verifiesDigest(signature, SHA256.digest(of: message))
        }
    }

    /// Checks a signature of a digest. Without the digest's own context it takes 78 µs for P-256, in place of 84 by
    /// `EVP_DigestVerify`.
    private func verifiesDigest(_ signature: [UInt8], _ digest: [UInt8]) throws(CryptographyError) -> Bool {
        guard let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, key, nil) else { throw Self.failed }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        guard unsafe EVP_PKEY_verify_init(context) == 1 else { throw Self.failed }
        if algorithm == .rs256 {
            guard unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1,
                unsafe EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1
            else { throw Self.failed }
        }
        return unsafe EVP_PKEY_verify(context, signature, signature.count, digest, digest.count) == 1
    }

    private func verifiesMessage(_ signature: [UInt8], _ message: [UInt8]) throws(CryptographyError) -> Bool {
        guard let context = unsafe EVP_MD_CTX_new() else { throw Self.failed }
        defer { unsafe EVP_MD_CTX_free(context) }
        guard unsafe EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else { throw Self.failed }
        return unsafe EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    private static var failed: CryptographyError {
        .failed(operation: "OpenSSL's check of a signature", reason: OpenSSL.takeLastError())
    }
}

/// The reason why a public key is refused.
public enum PublicKeyError: Error, Equatable {
    /// An algorithm that is not in `SignatureAlgorithm`, by its number in COSE.
    case unknownAlgorithm(Int)
    /// Parameters that are missing, of the wrong type or length, not those of the algorithm, or too many.
    case malformed
    /// A point that is not on P-256.
    case notOnCurve
    /// A point of Ed25519 under which signatures can be made without a private key.
    case smallOrder
    /// An RSA modulus beyond `PublicKey.modulusBits`.
    case modulusSize(bits: Int)
    /// An RSA exponent that is even, or beyond `PublicKey.exponents`.
    case exponent
    /// A failure of OpenSSL. The key is not at fault.
    case cryptography(CryptographyError)

    static func failed(operation: String) -> PublicKeyError {
        .cryptography(.failed(operation: "OpenSSL's \(operation)", reason: OpenSSL.takeLastError()))
    }
}
