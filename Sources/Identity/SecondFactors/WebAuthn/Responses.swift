public import JSON

extension WebAuthn {
    /// The most bytes of an answer: those of a request's body.
    public static let maximumResponseLength = 16 << 10
    /// The most bytes of a credential's identifier (WebAuthn, section 4, "Credential ID").
    public static let maximumIdentifierLength = 1023
    /// The most bytes of client data: a challenge, an origin of 300 bytes, and what browsers add.
    static let maximumClientDataLength = 4096
    /// The most bytes of an attestation object: those of an answer in base64.
    static let maximumAttestationLength = 12 << 10
    /// The most bytes of authenticator data in an assertion: 37, and extensions.
    static let maximumAuthenticatorDataLength = 2048
    /// The most bytes of a signature: one by RSA of 4096 bits.
    static let maximumSignatureLength = 512

    /// The answer of a browser, as `PublicKeyCredential.toJSON()` makes it.
    public protocol BrowserResponse: Sendable {
        /// Takes the members of the answer.
        ///
        /// - Throws: `.member`.
        init(_ reader: ResponseReader) throws(WebAuthnError)
    }

    /// The answer of a browser to `CreationOptions` (WebAuthn, section 5.1, `RegistrationResponseJSON`).
    public struct RegistrationResponse: BrowserResponse, Equatable {
        /// The identifier of the credential.
        public let credentialID: [UInt8]
        /// The client data, as they were hashed.
        let clientData: [UInt8]
        /// The attestation object. The other members repeat parts of it, and are not read.
        let attestationObject: [UInt8]
        /// The ways to reach the authenticator.
        public let transports: [String]

        public init(_ reader: ResponseReader) throws(WebAuthnError) {
            credentialID = try reader.credentialID()
            let response = try reader.response()
            clientData = try response.bytes("clientDataJSON", 1...WebAuthn.maximumClientDataLength)
            attestationObject = try response.bytes("attestationObject", 1...WebAuthn.maximumAttestationLength)
            transports = try response.transports()
        }

        init(credentialID: [UInt8], clientData: [UInt8], attestationObject: [UInt8], transports: [String] = []) {
            self.credentialID = credentialID
            self.clientData = clientData
            self.attestationObject = attestationObject
            self.transports = transports
        }
    }

    /// The answer of a browser to `RequestOptions` (WebAuthn, section 5.1, `AuthenticationResponseJSON`).
    public struct AuthenticationResponse: BrowserResponse, Equatable {
        /// The identifier of the credential, by which the store finds it.
        public let credentialID: [UInt8]
        /// The client data, as they were hashed.
        let clientData: [UInt8]
        /// The authenticator data, as they were signed.
        let authenticatorData: [UInt8]
        /// The signature.
        let signature: [UInt8]
        /// The handle of the account, if the authenticator keeps it.
        public let userHandle: [UInt8]?

        public init(_ reader: ResponseReader) throws(WebAuthnError) {
            credentialID = try reader.credentialID()
            let response = try reader.response()
            clientData = try response.bytes("clientDataJSON", 1...WebAuthn.maximumClientDataLength)
            authenticatorData = try response.bytes("authenticatorData", 1...WebAuthn.maximumAuthenticatorDataLength)
            signature = try response.bytes("signature", 1...WebAuthn.maximumSignatureLength)
            userHandle = try response.optionalBytes("userHandle", 1...UserHandle.length)
        }

        init(
            credentialID: [UInt8], clientData: [UInt8], authenticatorData: [UInt8], signature: [UInt8],
            userHandle: [UInt8]? = nil
        ) {
            self.credentialID = credentialID
            self.clientData = clientData
            self.authenticatorData = authenticatorData
            self.signature = signature
            self.userHandle = userHandle
        }
    }
}

extension WebAuthn.BrowserResponse {
    /// Reads a text that is the answer.
    ///
    /// - Throws: `.notJSON` or `.member`.
    public init(json text: [UInt8]) throws(WebAuthnError) { try self.init(ResponseReader(json: text)) }

    /// Reads the answer from where it stands in the JSON of a request's body, which is not longer than
    /// `maximumResponseLength`.
    ///
    /// - Throws: `.member`.
    public init(_ node: JSONParser.Node, in text: [UInt8]) throws(WebAuthnError) {
        try self.init(ResponseReader(node, in: text))
    }
}

extension WebAuthn.AuthenticationResponse {
    /// The challenge that the client data hold; `nil` if there is none. Nothing is checked yet: by it the caller
    /// finds out whether the challenge of a passkey login is one of its own.
    public var challenge: [UInt8]? { WebAuthn.ClientData.challenge(in: clientData) }
}
