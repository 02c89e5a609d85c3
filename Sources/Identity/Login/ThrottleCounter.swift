import Cryptography

/// The key of a counter of attempts: a digest, so that the store contains no addresses and no user input.
public struct ThrottleKey: Hashable, Sendable {
    /// 16 bytes.
    public let bytes: [UInt8]

    /// Creates a key from its bytes.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Creates the key of a counter from its kind and subject, each with its length, so that different lists have
    /// different keys.
    ///
    /// - Parameter secret: the key of the digest, without which nobody can try addresses on a copy of the store; `nil`
    ///   for none.
    /// - Throws: `CryptographyError.failed`.
    init(of parts: [String], under secret: Secret?) throws(CryptographyError) {
        let text = parts.map { "\($0.utf8.count):\($0)" }.joined()
        let digest = try secret.map { (key) throws(CryptographyError) in
            try HMACSHA256.code(of: Array(text.utf8), key: key)
        }
        bytes = Array((digest ?? SHA256.digest(of: text)).prefix(16))
    }
}

/// A counter of attempts.
public struct ThrottleCounter: Sendable, Equatable {
    /// The kinds of counters.
    public enum Name: String, Sendable, CaseIterable {
        /// Failed logins to one account from one address.
        case pair
        /// Failed logins from one address; also failed confirmations of one session by passkeys.
        case address
        /// Failed logins to one account.
        case account
        /// Wrong current passwords in changes of one account's password.
        case password
        /// Wrong codes of second factors for one account.
        case secondFactor = "second_factor"
        /// Wrong codes of second factors for one account in a day.
        case secondFactorDay = "second_factor_day"
        /// Registrations from one address, or by one API token that names no client.
        case registration
        /// Invalid API tokens from one address.
        case token
        /// A recent login to one account from one address. It counts nothing.
        case familiar
        /// Warnings of one program that names no client.
        case warning
    }

    /// The number of attempts.
    public var attempts: Int64
    /// The time of the first attempt.
    public var since: Timestamp
    /// The time until which no attempt is let through.
    public var blockedUntil: Timestamp
    /// The time from which the counter can be forgotten.
    public var expiresAt: Timestamp

    /// Creates a counter from its parts.
    public init(attempts: Int64, since: Timestamp, blockedUntil: Timestamp, expiresAt: Timestamp) {
        self.attempts = attempts
        self.since = since
        self.blockedUntil = blockedUntil
        self.expiresAt = expiresAt
    }

    /// The seconds by which times may be out of order although nobody set the clock: longer than the 5 s for which an
    /// attempt waits for the store's lock with the time it took before.
    static let tolerance: Int64 = 10

    /// True if the counter has begun and not expired.
    func isInForce(at now: Timestamp) -> Bool { since <= now + Self.tolerance && expiresAt > now }
}
