public import Cryptography

/// Passkeys and security keys by WebAuthn Level 3: both ceremonies as functions over values, without a store and
/// without a clock.
///
/// ```swift
/// let options = WebAuthn.CreationOptions(party, user: user, challenge: challenge, usage: .passkey, excluded: [])
/// // options.json goes to navigator.credentials.create(), and its answer comes back:
/// let response = try WebAuthn.RegistrationResponse(json: text)
/// let credential = try WebAuthn.verifyRegistration(response, of: options)
///
/// guard let request = WebAuthn.RequestOptions(
///     party, challenge: other, allowed: descriptors, userVerification: .discouraged)
/// else { return }  // the account has no credential
/// let assertion = try WebAuthn.verifyAssertion(
///     try WebAuthn.AuthenticationResponse(json: answer), of: request, by: stored)
/// ```
///
/// A ceremony refuses by a `WebAuthnError`, which tells causes apart for the log; a caller outside gets one answer for
/// all of them.
public enum WebAuthn {
    /// The algorithms that are offered, the preferred one first, and the only ones that are accepted.
    public static let algorithms: [SignatureAlgorithm] = [.edDSA, .es256, .rs256]

    /// The bytes of a challenge that is kept in a row of the store (WebAuthn, section 13.4.3 asks for 16 at least).
    public static let challengeLength = 32

    /// The time for a ceremony, in seconds: how long a challenge is good.
    public static let timeout: Int64 = 300

    /// The check of the user by the authenticator, such as a fingerprint or a PIN (WebAuthn, section 5.8.6).
    public enum UserVerification: String, Sendable {
        case required
        case preferred
        case discouraged
    }

    /// A credential as options name it (WebAuthn, section 5.8.3).
    public struct Descriptor: Sendable, Equatable {
        /// The credential's identifier.
        public let id: [UInt8]
        /// The ways in which the client may reach its authenticator, as it told them at the registration.
        public let transports: [String]

        /// Names a credential.
        public init(id: [UInt8], transports: [String] = []) {
            self.id = id
            self.transports = transports
        }
    }

    /// The handle by which authenticators know an account: random, so that it tells nothing of it (WebAuthn, section
    /// 14.6.1).
    public struct UserHandle: Sendable, Equatable {
        /// 64 bytes.
        public let bytes: [UInt8]

        /// The bytes of a handle, the most that WebAuthn allows.
        public static let length = 64

        /// Makes the handle of an account.
        ///
        /// - Throws: `CryptographyError.noRandomness`.
        public init(random: any RandomSource) throws(CryptographyError) { bytes = try random.bytes(Self.length) }

        /// Takes a stored handle; `nil` if it has another length.
        public init?(stored bytes: [UInt8]) {
            guard bytes.count == Self.length else { return nil }
            self.bytes = bytes
        }
    }
}
