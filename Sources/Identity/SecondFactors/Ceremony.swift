/// The challenge that a session was given for one WebAuthn ceremony, until the first answer or its end.
public struct Ceremony: Sendable, Equatable {
    /// The purposes, of which a session has one ceremony each at a time.
    public enum Purpose: String, Sendable, CaseIterable {
        /// A new passkey or security key.
        case enrol
        /// The confirmation of the session.
        case confirm
    }

    /// The purpose.
    public let purpose: Purpose
    /// The challenge.
    public let challenge: [UInt8]
    /// The use of the credential that is to be made; `nil` for a confirmation.
    public let usage: WebAuthn.Usage?
    /// The time from which on no answer is taken.
    public let expiresAt: Timestamp

    /// Creates a ceremony from its parts.
    public init(purpose: Purpose, challenge: [UInt8], usage: WebAuthn.Usage? = nil, expiresAt: Timestamp) {
        self.purpose = purpose
        self.challenge = challenge
        self.usage = usage
        self.expiresAt = expiresAt
    }
}
