extension AuthenticationService {
    /// Reserves a login with this email key, before any work is done for it. It is under way until `finish`.
    ///
    /// If the client is unknown, only the account's counter counts. The others would be the program's, and lock out all
    /// of its users.
    ///
    /// - Throws: `.tooManyAttempts`, `.attemptsUnderWay`, `.store`, `.cryptography`.
    func reserveLogin(emailKey: String, by caller: Caller) throws(AuthenticationError) -> ThrottleReservation {
        guard let throttle else { return ThrottleReservation() }
        let keys = try throttleKeys()
        var reservation = ThrottleReservation()
        let account = reservation.count(.account, try keys.key(.account, emailKey), throttle.account)
        if caller.clientIsKnown {
            let network = "\(ClientNetwork(caller.address))"
            reservation.cleared = reservation.count(.pair, try keys.key(.pair, emailKey, network), throttle.pair)
            reservation.count(.address, try keys.key(.address, network), throttle.address)
            reservation.familiar = try keys.key(.familiar, emailKey, network)
        }
        return try reserve(reservation, exempted: account, patience: caller.patience)
    }

    /// Reserves a change of an account's password. It is under way until `finish`.
    ///
    /// - Throws: `.tooManyAttempts`, `.attemptsUnderWay`, `.store`, `.cryptography`.
    func reservePasswordChange(
        of account: Identifier<Account>, by caller: Caller
    ) throws(AuthenticationError) -> ThrottleReservation {
        guard let throttle else { return ThrottleReservation() }
        var reservation = ThrottleReservation()
        let key = try throttleKeys().key(.password, "\(account)")
        reservation.cleared = reservation.count(.password, key, throttle.pair)
        return try reserve(reservation, patience: caller.patience)
    }

    /// Counts a registration by the client or, if that is unknown, by the API token. No registration is given back.
    ///
    /// - Throws: `.tooManyAttempts`, `.store`, `.cryptography`.
    func countRegistration(by caller: Caller) throws(AuthenticationError) {
        guard let throttle, !caller.isOperator else { return }
        let token = caller.clientIsKnown ? nil : caller.principal.map { "\($0.credentialID)" }
        try count(.registration, token ?? "\(ClientNetwork(caller.address))", throttle.registration)
    }

    /// True if it is time to warn of a program that logs people in or registers them without naming the client: once an
    /// hour, for all processes together.
    ///
    /// - Throws: `.store`, `.cryptography`.
    public func shouldWarnOfUnknownClient(_ caller: Caller) throws(AuthenticationError) -> Bool {
        guard throttle != nil, !caller.clientIsKnown, let program = caller.principal?.credentialID,
            unknownClientWarnings.isDue(program, at: clock.now())
        else { return false }
        let once = ThrottleRule.window(limit: 1, seconds: UnknownClientWarnings.interval)
        do throws(AuthenticationError) {
            try count(.warning, "\(program)", once)
            return true
        } catch {
            guard case .tooManyAttempts = error else { throw error }
            return false
        }
    }

    /// Counts an API token that was not accepted.
    ///
    /// Beyond the limit for the address nothing more is written, so that bad tokens cost no more than a read. Valid
    /// tokens are accepted even then, so that clients at one address can't lock out each other.
    ///
    /// - Throws: `.tooManyAttempts`, `.store`, `.cryptography`.
    public func countBadToken(address: String) throws(AuthenticationError) {
        guard let throttle else { return }
        try count(.token, "\(ClientNetwork(address))", throttle.token)
    }

    /// Does what an attempt was reserved for, and gives it back if that fails without a guess.
    ///
    /// If the store fails before the password was found to be right, it stays counted: the guess may have been
    /// checked, and what answers by now may be another server, which has never counted it.
    ///
    /// - Parameter body: sets its parameter once the password was found to be right.
    /// - Throws: as `body` does, and `.store`.
    func trying<Value>(
        _ attempt: ThrottleReservation,
        _ body: (_ isRight: inout Bool) throws(AuthenticationError) -> Value
    ) throws(AuthenticationError) -> Value {
        var isRight = false
        do throws(AuthenticationError) {
            return try body(&isRight)
        } catch {
            if !error.countsAsGuess(wasRight: isRight) { try release(attempt) }
            throw error
        }
    }

    /// Does what comes before the check that an attempt was reserved for, and gives it back if that fails: nothing
    /// was learned about the password.
    ///
    /// - Throws: as `body` does, and `.store`.
    func preparing<Value>(
        _ attempt: ThrottleReservation, _ body: () throws(AuthenticationError) -> Value
    ) throws(AuthenticationError) -> Value {
        do throws(AuthenticationError) {
            return try body()
        } catch {
            try release(attempt)
            throw error
        }
    }

    /// Gives back an attempt that is not to be counted, once at most: given back twice, it would let a further guess
    /// through. On another server than the one that counts it nothing is given back: it may never have been counted
    /// there.
    ///
    /// - Throws: `.store`, also if a success is to be noted on another server, which must not tell of one.
    func release(
        _ reservation: ThrottleReservation, succeeded: Bool = false
    ) throws(AuthenticationError) {
        guard !reservation.rules.isEmpty else { return }
        let now = clock.now()
        let server = try withStore { store throws(StoreError) in
            try store.changeCounters(reservation.keys, on: reservation.server, repeats: false) { counters in
                reservation.releasing(counters, succeeded: succeeded, at: now)
            }
        }
        if succeeded, let counting = reservation.server, counting != server {
            throw .store(.replacedServer)
        }
    }

    /// Ends an attempt that is decided and whose counters are up to date, so that attempts that wait for it go on.
    func finish(_ attempt: ThrottleReservation) {
        // An attempt without this counter can't be waited for, and was not noted.
        guard attempt.cleared != nil else { return }
        attemptsUnderWay.end(attempt.rules.keys)
    }

    /// Counts one attempt by one counter.
    private func count(
        _ name: ThrottleCounter.Name, _ subject: String, _ rule: ThrottleRule
    ) throws(AuthenticationError) {
        var reservation = ThrottleReservation()
        reservation.count(name, try throttleKeys().key(name, subject), rule)
        _ = try reserve(reservation)
    }

    /// - Parameters:
    ///   - exempted: the counter that does not count a familiar client.
    ///   - reserved: the counter that counts a familiar client only.
    ///   - patience: whether the attempt may wait for others under way.
    func reserve(
        _ wanted: ThrottleReservation, exempted: ThrottleKey? = nil, reserved: ThrottleKey? = nil,
        patience: AttemptPatience = .none
    ) throws(AuthenticationError) -> ThrottleReservation {
        while true {
            let seen = attemptsUnderWay.ends
            let (reservation, refusal) = try add(wanted, exempted: exempted, reserved: reserved)
            guard let refusal else {
                patience.place?.leave()
                return reservation
            }
            guard let subject = wanted.cleared, patience != .none else { throw wanted.refused(by: refusal) }
            let outcome = attemptsUnderWay.place(
                for: subject, among: refusal.keys, present: patience.place, seen: seen
            ) { key, underWay in
                // A success clears this counter, whatever its value.
                key == subject || refusal.lets(key, without: underWay)
            }
            switch outcome {
            case .place(let place): throw .attemptsUnderWay(place)
            case .decideAnew: continue
            case .refused: throw wanted.refused(by: refusal)
            }
        }
    }

    /// Adds an attempt to its counters, unless one of them refuses it.
    private func add(
        _ wanted: ThrottleReservation, exempted: ThrottleKey?, reserved: ThrottleKey?
    ) throws(AuthenticationError) -> (ThrottleReservation, ThrottleRefusal?) {
        let now = clock.now()
        var reservation = wanted
        var refusal: ThrottleRefusal?
        // The attempt of each run of the rule: a transaction that was undone runs its rule again.
        var begun: [ThrottleReservation] = []
        func decide(_ counters: [ThrottleKey: ThrottleCounter]) -> [ThrottleKey: ThrottleCounter?]? {
            reservation = wanted
            let isFamiliar = wanted.familiar.flatMap { counters[$0] }?.isInForce(at: now) == true
            if let uncounted = isFamiliar ? exempted : reserved { reservation.rules[uncounted] = nil }
            refusal = ThrottleRefusal(by: reservation.rules, counters, at: now)
            if refusal != nil { return nil }
            return reservation.rules.reduce(into: [:]) { changed, entry in
                changed[entry.key] = .some(entry.value.adding(to: counters[entry.key], at: now))
            }
        }
        do throws(AuthenticationError) {
            try withStore { store throws(StoreError) in
                // Decided first without the lock, so that a flood of refused attempts costs no more than a read.
                _ = decide(try store.counters(wanted.keys))
                guard refusal == nil else { return }
                let server = try store.changeCounters(wanted.keys, repeats: true) { counters in
                    let changed = decide(counters)
                    // An attempt that is seen counted must be seen under way too.
                    if changed != nil, wanted.cleared != nil {
                        attemptsUnderWay.begin(reservation.rules.keys)
                        begun.append(reservation)
                    }
                    return changed
                }
                reservation.server = server
            }
        } catch {
            for attempt in begun { finish(attempt) }
            throw error
        }
        // Only what the last run began is under way. The others end here, since that wakes those who wait for them.
        if refusal == nil { _ = begun.popLast() }
        for attempt in begun { finish(attempt) }
        return (reservation, refusal)
    }
}
