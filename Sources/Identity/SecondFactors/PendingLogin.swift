/// A login whose password was right, and which waits for a second factor. It is no credential: it opens no route but
/// the one that finishes it.
public struct PendingLogin: Sendable, Equatable {
    /// The answer to the first step of a login.
    public struct Offer: Sendable, Equatable {
        /// The token by which the login is finished, which is not available later.
        public let token: String
        /// The methods by which a second factor can be proved, the one used last first.
        public let methods: [SecondFactorMethod]
        /// The time at which it is over.
        public let expiresAt: Timestamp

        /// Creates an offer.
        public init(token: String, methods: [SecondFactorMethod], expiresAt: Timestamp) {
            self.token = token
            self.methods = methods
            self.expiresAt = expiresAt
        }
    }
}
