import Cryptography
public import JSON

extension WebAuthn {
    /// The options of a login (WebAuthn, section 5.5).
    public struct RequestOptions: Sendable, Equatable {
        /// The relying party.
        public let relyingParty: RelyingParty
        /// The challenge, which the answer must hold.
        public let challenge: [UInt8]
        /// The credentials of the account. None, of a login by a passkey alone, stands for any that the authenticator
        /// keeps: the answer names the account by its handle.
        public let allowed: [Descriptor]
        /// The verification of the user: required for a login by a passkey alone, since no password came before.
        public let userVerification: UserVerification

        /// Asks for an assertion by one of an account's credentials, as a second factor; `nil` if it has none: an
        /// empty list would ask for those of any account.
        public init?(
            _ relyingParty: RelyingParty, challenge: [UInt8], allowed: [Descriptor], userVerification: UserVerification
        ) {
            guard !allowed.isEmpty else { return nil }
            self.relyingParty = relyingParty
            self.challenge = challenge
            self.allowed = allowed
            self.userVerification = userVerification
        }

        /// Asks for an assertion that logs in without a password: any account's, and with its user verified.
        public init(passkeyLogin relyingParty: RelyingParty, challenge: [UInt8]) {
            self.relyingParty = relyingParty
            self.challenge = challenge
            allowed = []
            userVerification = .required
        }

        /// The options as `PublicKeyCredential.parseRequestOptionsFromJSON()` takes them (WebAuthn, section 5.1.9).
        public var json: JSONValue {
            [
                "challenge": .base64URL(challenge), "timeout": .number(Int(WebAuthn.timeout) * 1000),
                "rpId": .string(relyingParty.id), "allowCredentials": .array(allowed.map(\.json)),
                "userVerification": .string(userVerification.rawValue),
            ]
        }
    }
}

extension JSONValue {
    /// Bytes as WebAuthn's JSON has them.
    static func base64URL(_ bytes: [UInt8]) -> JSONValue { .string(Base64.url(bytes)) }
}
