import COpenSSL

/// A key of P-256 without a point, from which others are copied: it takes 6 µs to make one so, in place of the 25 µs of
/// `EVP_PKEY_fromdata`, which makes the curve anew.
@safe final class P256Template: Sendable {
    // OpenSSL reads a key that it copies, and nothing here changes this one.
    private nonisolated(unsafe) let key: OpaquePointer

    private static let made: Result<P256Template, PublicKeyError> = Result { () throws(PublicKeyError) in
        try P256Template()
    }

    /// The template of this process.
    static func shared() throws(PublicKeyError) -> P256Template { try made.get() }

    private init() throws(PublicKeyError) {
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
        unsafe self.key = key
    }

    deinit { unsafe EVP_PKEY_free(key) }

    /// Makes a key with a point in its uncompressed form, which OpenSSL refuses if it is not on the curve. Any other
    /// failure in it, such as for lack of memory, is told as `.notOnCurve` too: the key is refused all the same.
    func withPoint(_ point: [UInt8]) throws(PublicKeyError) -> OpaquePointer {
        guard let copy = unsafe EVP_PKEY_dup(key) else { throw .failed(operation: "EVP_PKEY_dup") }
        guard unsafe EVP_PKEY_set1_encoded_public_key(copy, point, point.count) == 1 else {
            unsafe EVP_PKEY_free(copy)
            ERR_clear_error()
            throw .notOnCurve
        }
        return unsafe copy
    }
}
