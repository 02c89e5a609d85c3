extension AuthenticationService {
    /// Requires that the holder of a session has logged in or confirmed recently, and with a second factor where the
    /// account has one. API tokens are exempt.
    ///
    /// - Parameter isAlways: whether it is asked for even where the operator has turned freshness off.
    /// - Throws: `.reauthenticationRequired`.
    public func require(
        _ level: Freshness, isAlways: Bool = false, of principal: Principal
    ) throws(AuthenticationError) {
        guard let assurance = principal.assurance, isAlways || freshness.isOn ?? true else { return }
        let authentication = assurance.authentication
        let maximumAge = freshness.maximumAge(level)
        let lacksFactor = !assurance.factors.isEmpty && authentication.secondFactorAt == nil
        guard lacksFactor || authentication.authenticatedAt + maximumAge <= clock.now() else { return }
        let methods =
            assurance.factors.isEmpty
            ? AuthenticationMethods.password.names : SecondFactorMethod.of(assurance.factors).map(\.rawValue)
        throw .reauthenticationRequired(
            Reauthentication(
                maximumAge: maximumAge, authenticatedAt: authentication.authenticatedAt, methods: methods,
                needsSecondFactor: lacksFactor))
    }
}
