public import Cryptography

extension WebAuthn {
    /// A credential that an authenticator made.
    public struct NewCredential: Sendable, Equatable {
        /// The identifier: 1 to 1,023 bytes, unique over all accounts, which the store sees to.
        public let id: [UInt8]
        /// The public key, a COSE key of some 600 bytes at most.
        public let publicKey: [UInt8]
        /// The algorithm of the key.
        public let algorithm: SignatureAlgorithm
        /// The counter, with which the first assertion's is compared.
        public let signatureCount: UInt32
        /// The model of the authenticator: 16 bytes, all zero if the browser hides it. Nothing proves it.
        public let aaguid: [UInt8]
        /// The ways to reach the authenticator, at most 16.
        public let transports: [String]
        /// True if the authenticator verified its user.
        public let isUserVerified: Bool
        /// True if the credential may be backed up: a synchronized passkey.
        public let isBackupEligible: Bool
        /// True if it is backed up now.
        public let isBackedUp: Bool
        /// The attestation that was checked.
        public let attestation: Attestation
    }

    /// Checks the answer to a registration's options (WebAuthn, section 7.1).
    ///
    /// The caller sees to it that the challenge of the options is used once, and that no account has the credential.
    ///
    /// - Parameters:
    ///   - response: the answer.
    ///   - options: the options as they were given out.
    /// - Throws: `WebAuthnError`.
    public static func verifyRegistration(
        _ response: RegistrationResponse, of options: CreationOptions
    ) throws(WebAuthnError) -> NewCredential {
        let clientData = try ClientData(
            response.clientData, for: .registration, challenge: options.challenge, from: options.relyingParty.origin)
        let object = try AttestationObject(response.attestationObject)
        let data = try AuthenticatorData(object.authenticatorData)
        try data.check(for: options.relyingParty, options.usage.userVerification)
        guard let credential = data.credential else { throw .attestedCredential }
        guard credential.id == response.credentialID else { throw .credentialID }
        // A client that ignores the list is refused here.
        guard !options.excluded.contains(where: { $0.id == credential.id }) else { throw .excludedCredential }
        let key = try publicKey(credential.publicKey)
        guard algorithms.contains(key.algorithm) else { throw .algorithmNotOffered(key.algorithm.rawValue) }
        return NewCredential(
            id: credential.id, publicKey: Array(credential.publicKey.encoded), algorithm: key.algorithm,
            signatureCount: data.signatureCount, aaguid: credential.aaguid, transports: response.transports,
            isUserVerified: data.flags.contains(.userVerified),
            isBackupEligible: data.flags.contains(.backupEligible), isBackedUp: data.flags.contains(.backedUp),
            attestation: try object.attestation(by: key, clientDataHash: clientData.hash))
    }
}
