extension AuthenticationService {
    /// Reserves an attempt at a second factor of an account, before it is checked. It is under way until `finish`.
    ///
    /// A network that recently logged in to the account has counters of its own, so that a thief of the password cannot
    /// lock the owner out.
    ///
    /// - Throws: `.tooManyAttempts`, `.store`.
    func reserveSecondFactor(
        of account: Identifier<Account>, emailKey: String, by caller: Caller
    ) throws(AuthenticationError) -> ThrottleReservation {
        guard let throttle else { return ThrottleReservation() }
        let subject = try secondFactorSubject(of: account, emailKey: emailKey, by: caller)
        var reservation = ThrottleReservation()
        reservation.cleared = reservation.count(
            .secondFactor, ThrottleKey(.secondFactor, subject), throttle.secondFactor)
        reservation.count(
            .secondFactorDay, ThrottleKey(.secondFactorDay, subject), ThrottlePolicy.secondFactorDay)
        return try reserve(reservation)
    }

    /// The name by which attempts are counted: the account's, along with a familiar network.
    private func secondFactorSubject(
        of account: Identifier<Account>, emailKey: String, by caller: Caller
    ) throws(AuthenticationError) -> String {
        guard caller.clientIsKnown else { return "\(account)" }
        let network = "\(ClientNetwork(caller.address))"
        let familiar = ThrottleKey(.familiar, emailKey, network)
        let counters = try withStore { store throws(StoreError) in try store.counters([familiar]) }
        let isFamiliar = counters[familiar]?.isInForce(at: clock.now()) == true
        return isFamiliar ? "\(account) \(network)" : "\(account)"
    }
}
