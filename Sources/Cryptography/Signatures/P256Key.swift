import COpenSSL
import Synchronization

/// The making of keys of P-256: a check takes the key of the one before it and sets its own point, which takes 1.4 µs.
/// `EVP_PKEY_fromdata` makes the curve anew, for 25 µs; that is left to a check beside which others run.
enum P256Key {
    /// The key of an earlier check that nobody uses now.
    // An atomic, and whoever takes the key leaves none, so that it is one thread's alone.
    private nonisolated(unsafe) static let unused = unsafe Atomic<OpaquePointer?>(nil)
    /// True once this OpenSSL was seen to put one point in the place of another.
    private static let replacesPoints = Atomic(false)

    /// Makes a key with a point in its uncompressed form, which OpenSSL refuses if it is not on the curve. Any other
    /// failure in it, such as for lack of memory, is told as `.notOnCurve` too: the key is refused all the same.
    ///
    /// - Returns: a key that nobody else has, for `recycle`.
    static func make(_ point: [UInt8]) throws(PublicKeyError) -> OpaquePointer {
        let kept = unsafe unused.exchange(nil, ordering: .acquiring)
        let key = if let kept = unsafe kept { unsafe kept } else { unsafe try curve() }
        let isProven = replacesPoints.load(ordering: .relaxed)
        let hadAnother = unsafe kept != nil && !isProven && !has(key, point)
        guard unsafe EVP_PKEY_set1_encoded_public_key(key, point, point.count) == 1 else {
            unsafe EVP_PKEY_free(key)
            ERR_clear_error()
            throw .notOnCurve
        }
        // An older point that stayed would let another account in: OpenSSL 3.0 keeps that of an Ed25519 key, and says
        // that it has set the new one. To read a point takes 5 µs, so it is done until one was replaced.
        guard unsafe isProven || has(key, point) else {
            unsafe EVP_PKEY_free(key)
            throw .failed(operation: "EVP_PKEY_set1_encoded_public_key")
        }
        if hadAnother { replacesPoints.store(true, ordering: .relaxed) }
        return unsafe key
    }

    private static func has(_ key: OpaquePointer, _ point: [UInt8]) -> Bool {
        var encoded: UnsafeMutablePointer<UInt8>?
        let count = unsafe EVP_PKEY_get1_encoded_public_key(key, &encoded)
        defer { unsafe CRYPTO_free(encoded, #file, #line) }
        return unsafe UnsafeBufferPointer(start: encoded, count: count).elementsEqual(point)
    }

    /// Takes a key back, in place of the one that is there.
    static func recycle(_ key: OpaquePointer) {
        unsafe EVP_PKEY_free(unused.exchange(key, ordering: .acquiringAndReleasing))
    }

    /// A key without a point.
    private static func curve() throws(PublicKeyError) -> OpaquePointer {
        try PublicKey.setUp()
        guard let context = unsafe EVP_PKEY_CTX_new_from_name(nil, "EC", nil) else {
            throw .failed(operation: "EVP_PKEY_CTX_new_from_name")
        }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var made: OpaquePointer?
        var group = Array("P-256".utf8CString)
        let count = group.count - 1
        unsafe group.withUnsafeMutableBufferPointer { group in
            var parameters = unsafe [
                OSSL_PARAM_construct_utf8_string(KeyDerivationContext.key("group"), group.baseAddress, count),
                OSSL_PARAM_construct_end(),
            ]
            guard unsafe EVP_PKEY_fromdata_init(context) == 1 else { return }
            _ = unsafe EVP_PKEY_fromdata(
                context, &made, OSSL_KEYMGMT_SELECT_ALL_PARAMETERS, &parameters)
        }
        guard let key = unsafe made else { throw .failed(operation: "EVP_PKEY_fromdata") }
        return unsafe key
    }
}
