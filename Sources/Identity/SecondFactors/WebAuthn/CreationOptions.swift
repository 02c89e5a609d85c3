import Cryptography
public import JSON

extension WebAuthn {
    /// The use of a credential that is to be made.
    public enum Usage: String, Sendable, CaseIterable {
        /// A login of its own: the authenticator keeps the credential, and verifies its user.
        case passkey
        /// A second factor behind a password, which takes no place in the authenticator and asks for no PIN.
        case securityKey = "security_key"

        /// The verification of the user that options for this usage ask for.
        public var userVerification: UserVerification { self == .passkey ? .required : .discouraged }
    }

    /// The account for which a credential is made (WebAuthn, section 5.4.3).
    public struct User: Sendable, Equatable {
        /// The handle.
        public let handle: UserHandle
        /// The name by which a user tells accounts apart, such as an address.
        public let name: String
        /// The name of the user.
        public let displayName: String

        /// Names an account.
        public init(handle: UserHandle, name: String, displayName: String) {
            self.handle = handle
            self.name = name
            self.displayName = displayName
        }
    }

    /// The options of a registration (WebAuthn, section 5.4).
    public struct CreationOptions: Sendable, Equatable {
        /// The relying party.
        public let relyingParty: RelyingParty
        /// The account.
        public let user: User
        /// The challenge, which the answer must hold.
        public let challenge: [UInt8]
        /// The use of the credential.
        public let usage: Usage
        /// The credentials that the account has already: no authenticator that holds one of them makes another.
        public let excluded: [Descriptor]

        /// Asks for a credential.
        public init(
            _ relyingParty: RelyingParty, user: User, challenge: [UInt8], usage: Usage, excluded: [Descriptor]
        ) {
            self.relyingParty = relyingParty
            self.user = user
            self.challenge = challenge
            self.usage = usage
            self.excluded = excluded
        }

        /// The options as `PublicKeyCredential.parseCreationOptionsFromJSON()` takes them (WebAuthn, section 5.1.8).
        public var json: JSONValue {
            [
                "rp": ["id": .string(relyingParty.id), "name": .string(relyingParty.name)],
                "user": [
                    "id": .base64URL(user.handle.bytes), "name": .string(user.name),
                    "displayName": .string(user.displayName),
                ],
                "challenge": .base64URL(challenge),
                "pubKeyCredParams": .array(
                    WebAuthn.algorithms.map { ["type": "public-key", "alg": .number($0.rawValue)] }),
                "timeout": .number(Int(WebAuthn.timeout) * 1000),
                "excludeCredentials": .array(excluded.map(\.json)),
                "authenticatorSelection": selection,
                "hints": usage == .securityKey ? ["security-key"] : [],
                "attestation": "none",
            ]
        }

        private var selection: JSONValue {
            switch usage {
            case .passkey: ["residentKey": "required", "requireResidentKey": true, "userVerification": "required"]
            case .securityKey:
                // The attachment says to older browsers what the hint says (WebAuthn Level 3,
                // PublicKeyCredentialHint).
                [
                    "authenticatorAttachment": "cross-platform", "residentKey": "discouraged",
                    "requireResidentKey": false, "userVerification": "discouraged",
                ]
            }
        }
    }
}

extension WebAuthn.Descriptor {
    /// The descriptor as options hold it.
    var json: JSONValue {
        let named: JSONValue = ["type": "public-key", "id": .base64URL(id)]
        return transports.isEmpty ? named : named.with([("transports", .strings(transports))])
    }
}
