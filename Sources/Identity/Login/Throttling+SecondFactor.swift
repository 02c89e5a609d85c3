extension AuthenticationService {
    /// Reserves an answer with the code of a second factor. It is under way until `finish`.
    ///
    /// A network from which the account logged in during the last 30 days has a counter of its own, so that guesses
    /// from elsewhere do not lock its owner out.
    ///
    /// - Throws: `.tooManyAttempts`, `.attemptsUnderWay`, `.store`.
    func reserveSecondFactor(
        of account: Identifier<Account>, emailKey: String, by caller: Caller
    ) throws(AuthenticationError) -> ThrottleReservation {
        guard let throttle else { return ThrottleReservation() }
        var reservation = ThrottleReservation()
        var key = ThrottleKey(.secondFactor, "\(account)")
        if caller.clientIsKnown {
            let network = "\(ClientNetwork(caller.address))"
            let familiar = ThrottleKey(.familiar, emailKey, network)
            let now = clock.now()
            let counters = try withStore { store throws(StoreError) in try store.counters([familiar]) }
            if counters[familiar]?.isInForce(at: now) == true {
                key = ThrottleKey(.secondFactor, "\(account)", network)
            }
            reservation.familiar = familiar
        }
        reservation.cleared = reservation.count(.secondFactor, key, throttle.secondFactor)
        reservation.count(
            .secondFactorDay, ThrottleKey(.secondFactorDay, "\(account)"), ThrottlePolicy.secondFactorDay)
        return try reserve(reservation, patience: caller.patience)
    }
}
