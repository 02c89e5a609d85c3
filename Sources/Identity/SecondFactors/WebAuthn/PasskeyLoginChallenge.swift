public import Cryptography

extension WebAuthn {
    /// The challenge of a login by a passkey alone: it tells by itself that it was made here, for whom and until when,
    /// so that nothing is written for strangers who only ask for one.
    ///
    /// 16 random bytes, 8 of the expiry, and 32 of an HMAC with SHA-256 over purpose, relying party, these 24 bytes and
    /// the binding. Its `digest` is stored when it was used, and stays there for a day beyond the expiry: so it works
    /// once.
    ///
    /// ```swift
    /// let challenge = try PasskeyLoginChallenge(
    ///     for: party, boundTo: .apiToken(token), now: clock.now(), key: key, random: random)
    /// let found = PasskeyLoginChallenge(response.challenge ?? [])
    /// let isGood = try found?.isValid(for: party, boundTo: .apiToken(token), now: clock.now(), key: key)
    /// ```
    public struct PasskeyLoginChallenge: Sendable, Equatable {
        /// The caller that asked, and that alone may finish the login.
        public enum Binding: Sendable, Equatable {
            /// A program, by its API token.
            case apiToken(Identifier<APIToken>)
            /// A browser, by the SHA-256 of the cookie that came with the options.
            case cookie(TokenHash)

            /// A byte for the kind, and the bytes of it.
            fileprivate var bytes: [UInt8] {
                switch self {
                case .apiToken(let id): [0] + PasskeyLoginChallenge.bigEndian(id.rawValue)
                case .cookie(let hash): [1] + hash.bytes
                }
            }
        }

        /// 56 bytes.
        public let bytes: [UInt8]

        /// The bytes of a challenge.
        public static let length = 56
        private static let purpose = "passkey-login"
        private static let randomLength = 16
        private static let signedLength = 24

        /// Makes a challenge that is good for `WebAuthn.timeout`.
        ///
        /// - Parameter key: the key in use for this purpose, 32 bytes.
        /// - Throws: `CryptographyError`.
        public init(
            for relyingParty: RelyingParty, boundTo binding: Binding, now: Timestamp, key: Secret,
            random: any RandomSource
        ) throws(CryptographyError) {
            let expiry = UInt64(bitPattern: (now + WebAuthn.timeout).secondsSince1970)
            let signed = try random.bytes(Self.randomLength) + Self.bigEndian(expiry)
            bytes = signed + (try Self.code(of: signed, relyingParty, binding, key))
        }

        /// Takes the challenge of an answer; `nil` if it has another length.
        public init?(_ bytes: [UInt8]) {
            guard bytes.count == Self.length else { return nil }
            self.bytes = bytes
        }

        /// The moment at which it expires, which only `isValid` shows to be true.
        public var expiry: Timestamp {
            let number = bytes[Self.randomLength..<Self.signedLength].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return Timestamp(secondsSince1970: Int64(bitPattern: number))
        }

        /// The SHA-256, by which the store tells that it was used.
        public var digest: [UInt8] { SHA256.digest(of: bytes) }

        /// Tells whether it was made for this relying party and binding by this key, and has not expired. With several
        /// keys, the caller asks for each.
        ///
        /// - Throws: `CryptographyError`.
        public func isValid(
            for relyingParty: RelyingParty, boundTo binding: Binding, now: Timestamp, key: Secret
        ) throws(CryptographyError) -> Bool {
            let signed = Array(bytes[..<Self.signedLength])
            let code = try Self.code(of: signed, relyingParty, binding, key)
            return constantTimeEqual(code, Array(bytes[Self.signedLength...])) && now < expiry
        }

        /// The code of the parts. The two without a length of their own have it before them, so that no two sets of
        /// parts make the same message.
        private static func code(
            of signed: [UInt8], _ relyingParty: RelyingParty, _ binding: Binding, _ key: Secret
        ) throws(CryptographyError) -> [UInt8] {
            var message = Array(purpose.utf8)
            for part in [Array(relyingParty.id.utf8), signed, binding.bytes] {
                message += bigEndian(UInt64(part.count)) + part
            }
            return try HMACSHA256.code(of: message, key: key)
        }

        private static func bigEndian(_ number: UInt64) -> [UInt8] {
            (0..<8).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        }
    }
}
