import Cryptography

extension WebAuthn {
    /// A key of ES256 whose private key nobody has: the first point of P-256 whose x is the SHA-256 of the text
    /// "postern: no private key" or follows it. It stands in if an answer names no credential.
    private static let decoyX: [UInt8] = [
        0x42, 0x99, 0x52, 0xE4, 0xBB, 0x52, 0x4C, 0x09, 0x68, 0x98, 0x50, 0x5D, 0xF3, 0x16, 0x68, 0x19,
        0x4A, 0x05, 0xBE, 0x9B, 0xD9, 0xF1, 0x82, 0xCE, 0x19, 0xBD, 0x47, 0x54, 0xA4, 0xE5, 0x70, 0xA2,
    ]
    private static let decoyY: [UInt8] = [
        0x49, 0xB0, 0x78, 0x4E, 0x72, 0xF5, 0x82, 0x81, 0x1E, 0x77, 0x7D, 0x43, 0xB6, 0x44, 0xF9, 0xAF,
        0x84, 0x2C, 0xE2, 0xDF, 0x38, 0x92, 0xAD, 0xC6, 0xE0, 0xD7, 0xD7, 0x4C, 0x97, 0xD4, 0x6C, 0x0D,
    ]

    /// The COSE key of that point.
    private static let decoyKey: [UInt8] =
        [0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20] + decoyX + [0x22, 0x58, 0x20] + decoyY

    /// Does the work of a whole check for an answer that names no key of the account, or answers no options: the same
    /// steps, by a key whose private part nobody has.
    ///
    /// - Parameter options: the options that were given out; `nil` if there are none any more.
    static func burnAssertion(_ response: AuthenticationResponse, of options: RequestOptions?) {
        let handle = response.userHandle.flatMap { UserHandle(stored: $0) }
        guard let options, let handle = handle ?? UserHandle(stored: [UInt8](repeating: 0, count: UserHandle.length))
        else { return burnAssertionWork(response) }
        let decoy = StoredCredential(
            id: response.credentialID, publicKey: decoyKey, signatureCount: 0, userHandle: handle)
        do throws(WebAuthnError) {
            // Its outcome means nothing.
            _ = try verifyAssertion(response, of: options.allowing(decoy), by: decoy)
        } catch {
            if !error.isOfSignature { burnAssertionWork(response) }
        }
    }

    /// Does the work of an assertion whose signature is wrong, so that the time of a refusal does not tell its reason.
    static func burnAssertionWork(_ response: AuthenticationResponse) {
        // Its outcome means nothing, and neither does an error.
        guard let key = try? PublicKey(p256: decoyX[...], decoyY[...]) else { return }
        _ = try? key.verifies(
            response.signature, of: response.authenticatorData + SHA256.digest(of: response.clientData))
    }
}

extension WebAuthn.RequestOptions {
    /// The same options, which allow one more credential; those that allow any stay as they are.
    fileprivate func allowing(_ credential: WebAuthn.StoredCredential) -> WebAuthn.RequestOptions {
        guard !allowed.isEmpty else { return self }
        return WebAuthn.RequestOptions(
            relyingParty, challenge: challenge, allowed: allowed + [WebAuthn.Descriptor(id: credential.id)],
            userVerification: userVerification) ?? self
    }
}

extension WebAuthnError {
    /// True if the check has come as far as the signature.
    var isOfSignature: Bool {
        if case .signature = self { true } else { false }
    }
}
