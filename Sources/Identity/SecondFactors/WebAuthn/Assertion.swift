import Cryptography

extension WebAuthn {
    /// A credential as the store keeps it.
    public struct StoredCredential: Sendable, Equatable {
        /// The identifier.
        public let id: [UInt8]
        /// The public key, a COSE key.
        public let publicKey: [UInt8]
        /// The counter of the last assertion, or of the registration.
        public let signatureCount: UInt32
        /// The handle of the account that has the credential.
        public let userHandle: UserHandle

        /// Takes the parts of a row.
        public init(id: [UInt8], publicKey: [UInt8], signatureCount: UInt32, userHandle: UserHandle) {
            self.id = id
            self.publicKey = publicKey
            self.signatureCount = signatureCount
            self.userHandle = userHandle
        }
    }

    /// The course of an authenticator's counter (WebAuthn, section 6.1.1).
    public enum Counter: Sendable, Equatable {
        /// Both are zero: the authenticator has none.
        case unused
        /// It has gone on.
        case advanced
        /// It has stayed or gone back: two authenticators have the key. The caller refuses that for a key that is not
        /// backed up, and tells the owner.
        case wentBack(from: UInt32)
    }

    /// An assertion that was checked.
    public struct Assertion: Sendable, Equatable {
        /// The identifier of the credential.
        public let credentialID: [UInt8]
        /// The counter, to be stored.
        public let signatureCount: UInt32
        /// The course of the counter.
        public let counter: Counter
        /// True if the authenticator verified its user. Without that it never logs in without a password.
        public let isUserVerified: Bool
        /// True if the credential may be backed up, to be stored. A change is no reason to refuse it.
        public let isBackupEligible: Bool
        /// True if it is backed up now, to be stored.
        public let isBackedUp: Bool
    }

    /// Checks the answer to a login's options (WebAuthn, section 7.2).
    ///
    /// The caller sees to it that the challenge of the options is used once, and decides what `Counter.wentBack` means.
    ///
    /// - Parameters:
    ///   - response: the answer.
    ///   - options: the options as they were given out.
    ///   - credential: the credential that the answer names.
    /// - Throws: `WebAuthnError`.
    public static func verifyAssertion(
        _ response: AuthenticationResponse, of options: RequestOptions, by credential: StoredCredential
    ) throws(WebAuthnError) -> Assertion {
        guard response.credentialID == credential.id,
            options.allowed.isEmpty || options.allowed.contains(where: { $0.id == credential.id })
        else { throw .credentialNotAllowed }
        // Without a list of credentials, the handle is what names the account.
        if let handle = response.userHandle {
            guard handle == credential.userHandle.bytes else { throw .userHandle }
        } else if options.allowed.isEmpty {
            throw .userHandle
        }
        let clientData = try ClientData(
            response.clientData, for: .authentication, challenge: options.challenge, from: options.relyingParty.origin)
        let data = try AuthenticatorData(response.authenticatorData[...])
        try data.check(for: options.relyingParty, options.userVerification)
        guard data.credential == nil else { throw .attestedCredential }
        let encoded: CBOR
        do throws(CBORError) { encoded = try CBOR(credential.publicKey[...]) } catch { throw .publicKeyEncoding(error) }
        try checkSignature(
            response.signature, of: response.authenticatorData + clientData.hash, by: publicKey(encoded))
        return Assertion(
            credentialID: credential.id, signatureCount: data.signatureCount,
            counter: Counter(from: credential.signatureCount, to: data.signatureCount),
            isUserVerified: data.flags.contains(.userVerified),
            isBackupEligible: data.flags.contains(.backupEligible), isBackedUp: data.flags.contains(.backedUp))
    }
}

extension WebAuthn.Counter {
    /// Compares the stored counter with that of an assertion.
    init(from stored: UInt32, to received: UInt32) {
        self = stored == 0 && received == 0 ? .unused : received > stored ? .advanced : .wentBack(from: stored)
    }
}
