/// The second factors of an account as its holder sees them.
///
///     let own = try service.ownFactors(of: caller)
///     own.factors.count       // at most 10
///     own.recoveryCodesLeft   // 0 without a factor
public struct AccountFactors: Sendable, Equatable {
    /// A generator whose set-up is not confirmed yet, which counts for nothing.
    public struct Unconfirmed: Sendable, Equatable {
        /// The factor that it becomes.
        public let factor: Factor
        /// The time from which it can't be confirmed any more.
        public let expiresAt: Timestamp
        /// The identifier that it keeps.
        public var id: Identifier<Factor> { factor.id }

        /// Creates it from its parts.
        public init(_ factor: Factor, expiresAt: Timestamp) {
            self.factor = factor
            self.expiresAt = expiresAt
        }
    }

    /// The factors, the oldest first.
    public let factors: [Factor]
    /// The generators that are being set up: one, and others that have expired.
    public let unconfirmed: [Unconfirmed]
    /// The number of recovery codes that are left.
    public let recoveryCodesLeft: Int

    /// Creates it from its parts.
    public init(factors: [Factor], unconfirmed: [Unconfirmed] = [], recoveryCodesLeft: Int) {
        self.factors = factors
        self.unconfirmed = unconfirmed
        self.recoveryCodesLeft = recoveryCodesLeft
    }
}

/// A generator of one-time codes that is to be added.
public struct NewGenerator: Sendable, Equatable {
    /// The factor.
    public let factor: Factor
    /// The shared secret, sealed.
    public let secret: SealedValue
    /// The time until which its set-up has to be confirmed; `nil` for one that counts at once.
    public let expiresAt: Timestamp?

    /// Creates it from its parts.
    public init(factor: Factor, secret: SealedValue, expiresAt: Timestamp?) {
        self.factor = factor
        self.secret = secret
        self.expiresAt = expiresAt
    }
}
