/// The assurance that a web server asks for in a request for verification.
public struct AssuranceDemand: Sendable, Equatable {
    /// True if the session must rest on two factors.
    public let needsSecondFactor: Bool
    /// The age of the last login or confirmation in seconds, at most; `nil` for any.
    public let maximumAge: Int64?

    /// Creates a demand from its parts.
    public init(needsSecondFactor: Bool = false, maximumAge: Int64? = nil) {
        self.needsSecondFactor = needsSecondFactor
        self.maximumAge = maximumAge
    }

    /// The ages that can be asked for: a second to a year.
    public static let ages = 1...31_536_000
}

extension AuthenticationService {
    /// Requires that the holder of a session has logged in or confirmed as recently as a level asks. At `.high` an
    /// account with a second factor must have proved that as recently. An API token has no holder to ask.
    ///
    /// It comes behind all checks of permission, so that a stale session learns nothing.
    ///
    /// - Parameter isAlways: whether it is asked although freshness is off: for factors, and for the email address.
    /// - Throws: `.reauthenticationRequired`, `.store`.
    public func require(
        _ level: Freshness, isAlways: Bool = false, of principal: Principal
    ) throws(AuthenticationError) {
        guard let assurance = principal.assurance else { return }
        if !isAlways {
            guard try isFreshnessOn() else { return }
        }
        try require(
            AssuranceDemand(
                needsSecondFactor: level == .high && assurance.hasFactor, maximumAge: freshness.maximumAge(level)),
            of: assurance)
    }

    /// Requires a level of freshness of the caller; the command line has every one.
    ///
    /// - Throws: `.reauthenticationRequired`, `.store`.
    func require(_ level: Freshness, of caller: Caller) throws(AuthenticationError) {
        if let principal = caller.principal { try require(level, of: principal) }
    }

    /// Requires the assurance that a web server asks for.
    ///
    /// An API token never rests on two factors, and has no holder who could log in anew.
    ///
    /// - Throws: `.sessionRequired` for an API token if two factors are asked for; `.secondFactorEnrolmentRequired`
    ///   if the account has none; `.reauthenticationRequired`.
    public func require(_ demand: AssuranceDemand, of principal: Principal) throws(AuthenticationError) {
        guard let assurance = principal.assurance else {
            if demand.needsSecondFactor { throw .sessionRequired }
            return
        }
        if demand.needsSecondFactor, !assurance.hasFactor { throw .secondFactorEnrolmentRequired }
        try require(demand, of: assurance)
    }

    private func require(_ demand: AssuranceDemand, of assurance: Assurance) throws(AuthenticationError) {
        let (authentication, now) = (assurance.authentication, clock.now())
        func isRecent(_ moment: Timestamp) -> Bool {
            // A moment in the future was noted by a clock that was wrong.
            moment <= now + WallClock.tolerance && demand.maximumAge.map { now <= moment + $0 } ?? true
        }
        let isAuthenticated = isRecent(authentication.authenticatedAt)
        let isFactorProved = !demand.needsSecondFactor || authentication.secondFactorAt.map(isRecent) ?? false
        guard !isAuthenticated || !isFactorProved else { return }
        let isTooOld = !isAuthenticated || authentication.secondFactorAt.map { !isRecent($0) } ?? false
        throw .reauthenticationRequired(
            Reauthentication(
                maximumAge: isTooOld ? demand.maximumAge : nil, authenticatedAt: authentication.authenticatedAt,
                methods: assurance.confirmingMethods, needsSecondFactor: !isFactorProved))
    }
}
