/// The proofs on which a session rests.
public struct SessionAuthentication: Sendable, Equatable {
    /// The methods by which its holder has logged in, or confirmed since.
    public var methods: AuthenticationMethods
    /// The time of the login, or of the last confirmation.
    public var authenticatedAt: Timestamp
    /// The time at which a second factor was proved last; `nil` if none was. A passkey that verified its user stands
    /// for two factors.
    public var secondFactorAt: Timestamp?

    /// Creates it from its parts.
    public init(methods: AuthenticationMethods, authenticatedAt: Timestamp, secondFactorAt: Timestamp? = nil) {
        self.methods = methods
        self.authenticatedAt = authenticatedAt
        self.secondFactorAt = secondFactorAt
    }
}

/// The assurance that a session gives of its holder's identity, and what is asked of it.
public struct Assurance: Sendable, Equatable {
    /// The proofs on which the session rests.
    public let authentication: SessionAuthentication
    /// The second factors that the account has.
    public let factors: AuthenticationMethods
    /// The policy of the account's home; `.optional` without a home.
    public let homePolicy: SecondFactorPolicy
    /// The account's roles in its home, wherever the principal acts.
    public let homeRoles: RoleSet

    /// Creates it from its parts.
    public init(
        _ authentication: SessionAuthentication, factors: AuthenticationMethods = [],
        homePolicy: SecondFactorPolicy = .optional, homeRoles: RoleSet = []
    ) {
        self.authentication = authentication
        self.factors = factors
        self.homePolicy = homePolicy
        self.homeRoles = homeRoles
    }
}
