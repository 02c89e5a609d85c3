import COpenSSL

/// An `EVP_KDF_CTX`, wiped and freed when it goes away.
@safe struct KeyDerivationContext: ~Copyable {
    private let context: OpaquePointer

    /// Looks an algorithm up.
    ///
    /// - Parameters:
    ///   - name: OpenSSL's name of the algorithm.
    ///   - remedy: the step that makes it available if it is missing.
    /// - Throws: `CryptographyError.unsupported`.
    init(algorithm name: String, remedy: String) throws(CryptographyError) {
        try OpenSSL.setUp()
        let algorithm = unsafe EVP_KDF_fetch(nil, name, nil)
        defer { unsafe EVP_KDF_free(algorithm) }
        guard unsafe algorithm != nil, let context = unsafe EVP_KDF_CTX_new(algorithm) else {
            ERR_clear_error()
            throw .unsupported(algorithm: name, remedy: remedy)
        }
        unsafe self.context = context
    }

    deinit { unsafe EVP_KDF_CTX_free(context) }

    /// Fills an array; `false` if OpenSSL refuses the parameters, or has no memory.
    func derive(into output: inout [UInt8], _ parameters: [OSSL_PARAM]) -> Bool {
        unsafe EVP_KDF_derive(context, &output, output.count, parameters) == 1
    }

    /// The name of a parameter as a pointer that stays valid, since `OSSL_PARAM` keeps it.
    static func key(_ name: StaticString) -> UnsafePointer<CChar> {
        unsafe UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
    }
}
