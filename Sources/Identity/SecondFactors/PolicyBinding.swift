extension AuthenticationService {
    /// The policy of the installation.
    var installationPolicy: SecondFactorPolicy { secondFactorPolicy ?? .optional }

    /// Requires that second factors may be added.
    ///
    /// - Throws: `.secondFactorsOff`.
    func requireEnrolment() throws(AuthenticationError) {
        guard installationPolicy != .off else { throw .secondFactorsOff }
    }

    /// True if a policy asks for a second factor of a principal: that of the installation, of the account's home, or of
    /// the organization in which it acts.
    func policyBinds(_ principal: Principal) -> Bool {
        guard let assurance = principal.assurance, installationPolicy != .off else { return false }
        let policies = [installationPolicy, assurance.homePolicy, principal.membership?.secondFactor ?? .optional]
        return policies.contains { $0.binds(principal.roles) }
    }
}
