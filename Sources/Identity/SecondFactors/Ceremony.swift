/// The challenge that a session was given, for one purpose at a time.
public struct Ceremony: Sendable, Equatable {
    /// The purposes of challenges that sessions get.
    public enum Purpose: String, Sendable {
        /// To register a passkey or security key.
        case enrolment = "enrol"
        /// To confirm the session.
        case confirmation = "confirm"
    }

    /// The purpose.
    public let purpose: Purpose
    /// The challenge: 32 random bytes.
    public let challenge: [UInt8]
    /// The use of the credential that is to be made; `nil` if none is.
    public let usage: WebAuthn.Usage?
    /// The time from which the challenge is good no more.
    public let expiresAt: Timestamp

    /// Creates it from its parts.
    public init(purpose: Purpose, challenge: [UInt8], usage: WebAuthn.Usage?, expiresAt: Timestamp) {
        self.purpose = purpose
        self.challenge = challenge
        self.usage = usage
        self.expiresAt = expiresAt
    }
}
