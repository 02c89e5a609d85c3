extension AuthenticationService {
    /// Reserves a check of a code as a second factor of an account, before it is done: for login, confirming and set-up
    /// alike. A client that recently logged in to the account has a counter of its own, so that nobody who knows the
    /// password keeps its owner out. All count toward the limit of a day.
    ///
    /// Assertions of passkeys are not reserved here: nobody guesses them.
    ///
    /// - Parameter emailKey: the email key of the account, by which familiar clients are known.
    /// - Throws: `.tooManyAttempts`, `.store`.
    func reserveSecondFactor(
        of account: Identifier<Account>, emailKey: String, by caller: Caller
    ) throws(AuthenticationError) -> ThrottleReservation {
        guard let throttle else { return ThrottleReservation() }
        let keys = try SecondFactorKeys(account, emailKey: emailKey, throttleKeys(), by: caller)
        var wanted = ThrottleReservation()
        wanted.familiar = keys.familiar
        wanted.count(.secondFactor, keys.shared, throttle.secondFactor)
        if let own = keys.own { wanted.count(.secondFactor, own, throttle.secondFactor) }
        wanted.count(.secondFactorDay, keys.day, ThrottlePolicy.secondFactorDay)
        var reservation = try reserve(wanted, exempted: keys.shared, reserved: keys.own)
        // A confirmation makes no address familiar: a login does.
        reservation.familiar = nil
        return reservation
    }

    /// The reservation of what finishes a login: beyond being given back, a success clears the counter of the password
    /// and those of codes, but not the day's, and makes the address familiar.
    ///
    /// - Parameter reservation: that of the code; an empty one if nothing is guessed.
    func finishing(
        _ reservation: ThrottleReservation, of account: Identifier<Account>, emailKey: String, by caller: Caller
    ) throws(AuthenticationError) -> ThrottleReservation {
        guard throttle != nil else { return reservation }
        let keys = try SecondFactorKeys(account, emailKey: emailKey, throttleKeys(), by: caller)
        var finishing = reservation
        finishing.familiar = keys.familiar
        finishing.alsoCleared = [keys.shared] + [keys.own, keys.pair].compactMap(\.self)
        return finishing
    }

    /// Reserves a login by a passkey alone. It counts for the client's address, as one by password does: each failure
    /// leaves an entry in the audit log, which strangers must not fill.
    ///
    /// - Throws: `.tooManyAttempts`, `.store`.
    func reservePasskeyLogin(by caller: Caller) throws(AuthenticationError) -> ThrottleReservation {
        guard let throttle, caller.clientIsKnown else { return ThrottleReservation() }
        var wanted = ThrottleReservation()
        let key = try throttleKeys().key(.address, "\(ClientNetwork(caller.address))")
        wanted.count(.address, key, throttle.address)
        return try reserve(wanted)
    }

    /// Reserves a confirmation by an assertion. Nobody guesses one; but each that fails takes the check of a signature
    /// and an entry in the audit log, so that a session has as many as an address has failed logins, and by the same
    /// limit: 50 in a quarter of an hour. It is counted for the session and not for the account, so that whoever has
    /// stolen one session keeps nobody out of another.
    ///
    /// - Throws: `.tooManyAttempts`, `.store`.
    func reserveAssertion(
        of account: Identifier<Account>, in session: Identifier<Session>
    ) throws(AuthenticationError) -> ThrottleReservation {
        guard let throttle else { return ThrottleReservation() }
        var wanted = ThrottleReservation()
        let key = try throttleKeys().key(.address, "\(account)", "\(session)")
        wanted.count(.address, key, throttle.address)
        return try reserve(wanted)
    }
}

/// The counters of an account's second factors, and of what a login with one clears. Those of a network are missing
/// if the client is unknown.
private struct SecondFactorKeys {
    let shared, day: ThrottleKey
    let own, pair, familiar: ThrottleKey?

    init(
        _ account: Identifier<Account>, emailKey: String, _ keys: ThrottleKeys, by caller: Caller
    ) throws(AuthenticationError) {
        shared = try keys.key(.secondFactor, "\(account)")
        day = try keys.key(.secondFactorDay, "\(account)")
        let network = caller.clientIsKnown ? "\(ClientNetwork(caller.address))" : nil
        own = try network.map { network throws(AuthenticationError) in
            try keys.key(.secondFactor, "\(account)", network)
        }
        pair = try network.map { network throws(AuthenticationError) in try keys.key(.pair, emailKey, network) }
        familiar = try network.map { network throws(AuthenticationError) in try keys.key(.familiar, emailKey, network) }
    }
}
