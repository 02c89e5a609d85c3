import COpenSSL

/// AES-256 in Galois/Counter Mode (NIST SP 800-38D) with nonces of 96 bits and tags of 128, computed by OpenSSL.
enum AESGCM {
    /// The bytes of a key.
    static let keyLength = 32
    /// The bytes of a nonce. With random ones, a key may seal 2³² values (SP 800-38D, section 8.3).
    static let nonceLength = 12
    /// The bytes of a tag.
    static let tagLength = 16

    /// Encrypts and authenticates bytes.
    ///
    /// - Parameters:
    ///   - nonce: 12 bytes, never twice with a key.
    ///   - associatedData: bytes that are authenticated, and not part of the result.
    /// - Returns: the ciphertext, and the tag behind it.
    /// - Throws: `CryptographyError.failed`.
    static func seal(
        _ plaintext: Secret, key: Secret, nonce: [UInt8], associatedData: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        let cipher = try CipherContext()
        var output = [UInt8](repeating: 0, count: plaintext.count + tagLength)
        let succeeded = plaintext.withSpan { plaintext in
            unsafe plaintext.withUnsafeBufferPointer { plaintext in
                unsafe output.withUnsafeMutableBufferPointer { output in
                    let (text, tag) = unsafe (output.baseAddress, output.baseAddress?.advanced(by: plaintext.count))
                    return unsafe cipher.begin(seals: true, key: key, nonce: nonce) && cipher.add(associatedData)
                        && cipher.process(plaintext, into: text) && cipher.finish() && cipher.readTag(into: tag)
                }
            }
        }
        guard succeeded else { throw .failed(operation: "OpenSSL's AES-GCM", reason: OpenSSL.takeLastError()) }
        return output
    }

    /// Checks and decrypts what `seal` made.
    ///
    /// - Parameter sealed: the ciphertext, and the tag behind it.
    /// - Returns: `nil` if the tag is not that of the ciphertext and the associated data under this key.
    /// - Throws: `CryptographyError.failed`.
    static func open(
        _ sealed: ArraySlice<UInt8>, key: Secret, nonce: [UInt8], associatedData: [UInt8]
    ) throws(CryptographyError) -> Secret? {
        guard sealed.count >= tagLength else { return nil }
        let cipher = try CipherContext()
        let (ciphertext, tag) = (sealed.dropLast(tagLength), Array(sealed.suffix(tagLength)))
        var output = [UInt8](repeating: 0, count: ciphertext.count)
        let isProcessed = unsafe ciphertext.withUnsafeBufferPointer { ciphertext in
            unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe cipher.begin(seals: false, key: key, nonce: nonce) && cipher.add(associatedData)
                    && cipher.process(ciphertext, into: output.baseAddress)
            }
        }
        // Nobody may see it before the tag is checked; and if that fails, nobody does.
        let plaintext = Secret(output)
        guard isProcessed, cipher.expect(tag) else {
            throw .failed(operation: "OpenSSL's AES-GCM", reason: OpenSSL.takeLastError())
        }
        guard cipher.finish() else {
            ERR_clear_error()
            return nil
        }
        return plaintext
    }
}

/// An `EVP_CIPHER_CTX` of AES-256-GCM, wiped and freed when it goes away.
@safe private struct CipherContext: ~Copyable {
    private let context: OpaquePointer

    init() throws(CryptographyError) {
        try OpenSSL.setUp()
        guard let context = unsafe EVP_CIPHER_CTX_new() else {
            throw .failed(operation: "OpenSSL's EVP_CIPHER_CTX_new", reason: OpenSSL.takeLastError())
        }
        unsafe self.context = context
    }

    deinit { unsafe EVP_CIPHER_CTX_free(context) }

    func begin(seals: Bool, key: Secret, nonce: [UInt8]) -> Bool {
        precondition(key.count == AESGCM.keyLength && nonce.count == AESGCM.nonceLength, "the lengths of AES-256-GCM")
        return key.withSpan { key in
            unsafe key.withUnsafeBufferPointer { key in
                unsafe EVP_CipherInit_ex2(
                    context, EVP_aes_256_gcm(), key.baseAddress, nonce, seals ? 1 : 0, nil) == 1
            }
        }
    }

    func add(_ associatedData: [UInt8]) -> Bool {
        var count: Int32 = 0
        return unsafe EVP_CipherUpdate(context, nil, &count, associatedData, Int32(associatedData.count)) == 1
    }

    func process(_ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutablePointer<UInt8>?) -> Bool {
        // A null pointer for the output would make it associated data.
        guard input.count > 0 else { return true }
        var count: Int32 = 0
        return unsafe EVP_CipherUpdate(context, output, &count, input.baseAddress, Int32(input.count)) == 1
            && count == input.count
    }

    /// Ends the computation; where it opens, `false` for a tag that is wrong.
    func finish() -> Bool {
        // It writes nothing in this mode, but wants a place for it.
        var (block, count) = ([UInt8](repeating: 0, count: AESGCM.tagLength), Int32(0))
        return unsafe EVP_CipherFinal_ex(context, &block, &count) == 1
    }

    func readTag(into tag: UnsafeMutablePointer<UInt8>?) -> Bool {
        unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(AESGCM.tagLength), tag) == 1
    }

    func expect(_ tag: [UInt8]) -> Bool {
        var tag = tag
        return unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag) == 1
    }
}
