import COpenSSL

/// HKDF with SHA-256 (RFC 5869), computed by OpenSSL's `EVP_KDF`.
enum HKDF {
    /// Derives a key from another one, by both steps: extract and expand.
    ///
    /// - Parameters:
    ///   - salt: a value that is not secret; empty for none.
    ///   - info: the use of the derived key.
    ///   - length: the bytes of the derived key, 1 to 8,160.
    /// - Throws: `CryptographyError.failed`, `.unsupported`.
    static func derive(
        from key: Secret, salt: [UInt8], info: [UInt8], length: Int
    ) throws(CryptographyError) -> Secret {
        let context = try KeyDerivationContext(algorithm: "HKDF", remedy: "load OpenSSL's default provider")
        var output = [UInt8](repeating: 0, count: length)
        let succeeded = key.withSpan { key in
            unsafe key.withUnsafeBytes { key in
                unsafe withUnsafeParameters(key, salt: salt, info: info) { unsafe context.derive(into: &output, $0) }
            }
        }
        guard succeeded else { throw .failed(operation: "OpenSSL's HKDF", reason: OpenSSL.takeLastError()) }
        return Secret(output)
    }

    /// Lends the parameters; their pointers are valid during this call only. OpenSSL writes through none of them.
    private static func withUnsafeParameters<Result>(
        _ key: UnsafeRawBufferPointer, salt: [UInt8], info: [UInt8], _ use: ([OSSL_PARAM]) -> Result
    ) -> Result {
        var (digest, salt, info) = (Array("SHA256".utf8CString), salt, info)
        return unsafe digest.withUnsafeMutableBufferPointer { digest in
            unsafe salt.withUnsafeMutableBytes { salt in
                unsafe info.withUnsafeMutableBytes { info in
                    unsafe use([
                        OSSL_PARAM_construct_utf8_string(KeyDerivationContext.key("digest"), digest.baseAddress, 0),
                        octets("key", UnsafeMutableRawBufferPointer(mutating: key)),
                        octets("salt", salt), octets("info", info), OSSL_PARAM_construct_end(),
                    ])
                }
            }
        }
    }

    private static func octets(_ name: StaticString, _ bytes: UnsafeMutableRawBufferPointer) -> OSSL_PARAM {
        unsafe OSSL_PARAM_construct_octet_string(KeyDerivationContext.key(name), bytes.baseAddress, bytes.count)
    }
}
