extension AuthenticationService {
    /// All pending obligations of a principal: those that the store knows of, and the enrolment of a second factor
    /// if a policy asks for one and the account has none.
    ///
    /// Of the policies of the installation, of the account's home, and of the organization in which the principal acts,
    /// each counts that binds it. An API token has none.
    ///
    /// - Throws: `.store`.
    public func obligations(of principal: Principal) throws(AuthenticationError) -> Obligations {
        guard let assurance = principal.assurance, !assurance.hasFactor else { return principal.obligations }
        let isBound = try policyBinds(principal)
        return isBound ? principal.obligations.union(.secondFactorEnrolment) : principal.obligations
    }

    /// True if a policy asks for a second factor of a principal. None does if nobody could add one.
    ///
    /// - Throws: `.store`.
    func policyBinds(_ principal: Principal) throws(AuthenticationError) -> Bool {
        guard let assurance = principal.assurance else { return false }
        let installation = try installationPolicy()
        guard installation != .off else { return false }
        let acting = principal.membership?.secondFactor ?? .optional
        let general = max(installation, assurance.homePolicy)
        guard max(general, acting) > .optional else { return false }
        return general.binds(assurance.homeRoles.union(principal.roles)) || acting.binds(principal.roles)
    }

    /// Requires that second factors may be added.
    ///
    /// - Throws: `.secondFactorsOff`, `.store`.
    func requireEnrolment() throws(AuthenticationError) {
        guard try installationPolicy() != .off else { throw .secondFactorsOff }
    }
}

extension Assurance {
    /// True if the account has a second factor. Recovery codes alone are none.
    var hasFactor: Bool { !factors.isDisjoint(with: [.totp, .passkey]) }

    /// The names of the methods by which the holder of the session can confirm, the one used last first.
    var confirmingMethods: [String] {
        guard hasFactor else { return AuthenticationMethods.password.names }
        return SecondFactorMethod.of(factors, last: authentication.methods.secondFactors).map(\.rawValue)
    }
}
