/// An attempt that was let through and counted before it is known whether it succeeds, so that attempts in parallel can't
/// beat the counters.
public struct ThrottleReservation: Sendable {
    /// The counters that it was added to.
    fileprivate(set) var rules: [ThrottleKey: ThrottleRule] = [:]
    /// The name of each counter.
    fileprivate var names: [ThrottleKey: ThrottleCounter.Name] = [:]
    /// The counter that a success clears.
    fileprivate var cleared: ThrottleKey?
    /// What a success makes known for some time.
    fileprivate var familiar: ThrottleKey?

    /// Makes one that counts nothing.
    public init() {}

    /// Has an attempt counted.
    ///
    /// - Returns: the counter.
    @discardableResult
    fileprivate mutating func count(
        _ name: ThrottleCounter.Name, _ subject: ThrottleKey, _ rule: ThrottleRule
    ) -> ThrottleKey {
        rules[subject] = rule
        names[subject] = name
        return subject
    }

    /// The error of an attempt that is not let through.
    fileprivate func refused(by refusal: ThrottleRefusal) -> AuthenticationError {
        guard let name = names[refusal.last] else { preconditionFailure("what is counted has a name") }
        return .tooManyAttempts(retryAfter: refusal.wait, by: name)
    }

    /// All counters that a change of it touches.
    public var keys: [ThrottleKey] { Array(rules.keys) + [familiar].compactMap(\.self) }

    /// The counters after the attempt is given back, since it was not one that counts; where it succeeded, what it made
    /// known too. `nil` is a counter that goes away.
    public func releasing(
        _ counters: [ThrottleKey: ThrottleCounter], succeeded: Bool, at now: Timestamp
    ) -> [ThrottleKey: ThrottleCounter?] {
        var changed: [ThrottleKey: ThrottleCounter?] = [:]
        for (key, rule) in rules {
            guard let counter = counters[key] else { continue }
            changed[key] = succeeded && key == cleared ? .some(nil) : .some(rule.removing(from: counter))
        }
        if let familiar, succeeded {
            changed[familiar] = ThrottleCounter(
                attempts: 0, since: now, blockedUntil: now, expiresAt: now + ThrottlePolicy.familiarity)
        }
        return changed
    }
}

extension AuthenticationService {
    /// Counts a login with this email key, before any work is done for it. It is under way until `finish`. Where the client
    /// is not known, only the account's counter counts: the others would be those of the program, and lock out everybody
    /// who uses it.
    ///
    /// - Throws: `.tooManyAttempts`, `.attemptsUnderWay`, `.store`.
    func reserveLogin(emailKey: String, by caller: Caller) throws(AuthenticationError) -> ThrottleReservation {
        guard let throttle else { return ThrottleReservation() }
        var reservation = ThrottleReservation()
        let account = reservation.count(.account, ThrottleKey(.account, emailKey), throttle.account)
        if caller.clientIsKnown {
            let network = "\(ClientNetwork(caller.address))"
            reservation.cleared = reservation.count(.pair, ThrottleKey(.pair, emailKey, network), throttle.pair)
            reservation.count(.address, ThrottleKey(.address, network), throttle.address)
            reservation.familiar = ThrottleKey(.familiar, emailKey, network)
        }
        return try reserve(reservation, exempted: account, patience: caller.patience)
    }

    /// Counts a try to change an account's password. It is under way until `finish`.
    ///
    /// - Throws: `.tooManyAttempts`, `.attemptsUnderWay`, `.store`.
    func reservePasswordChange(
        of account: Identifier<Account>, by caller: Caller
    ) throws(AuthenticationError) -> ThrottleReservation {
        guard let throttle else { return ThrottleReservation() }
        var reservation = ThrottleReservation()
        reservation.cleared = reservation.count(.password, ThrottleKey(.password, "\(account)"), throttle.pair)
        return try reserve(reservation, patience: caller.patience)
    }

    /// Counts a registration, for the client or, where that is not known, for the API token. None is given back.
    ///
    /// - Throws: `.tooManyAttempts`, `.store`.
    func countRegistration(by caller: Caller) throws(AuthenticationError) {
        guard let throttle, !caller.isOperator else { return }
        var reservation = ThrottleReservation()
        let client = caller.clientIsKnown ? nil : caller.principal.map { "\($0.credentialID)" }
        let key = ThrottleKey(.registration, client ?? "\(ClientNetwork(caller.address))")
        reservation.count(.registration, key, throttle.registration)
        _ = try reserve(reservation)
    }

    /// Whether it is time to warn of a program that logs people in or registers them, and does not say for whom it acts:
    /// once an hour, by all processes together.
    ///
    /// - Throws: `.store`.
    public func shouldWarnOfUnknownClient(_ caller: Caller) throws(AuthenticationError) -> Bool {
        guard throttle != nil, !caller.clientIsKnown, let program = caller.principal?.credentialID,
            unknownClientWarnings.isDue(program, at: clock.now())
        else { return false }
        var reservation = ThrottleReservation()
        reservation.count(
            .warning, ThrottleKey(.warning, "\(program)"), .window(limit: 1, seconds: UnknownClientWarnings.interval))
        do throws(AuthenticationError) {
            _ = try reserve(reservation)
            return true
        } catch {
            guard case .tooManyAttempts = error else { throw error }
            return false
        }
    }

    /// Counts an API token that was not accepted. Where there were too many from the address, nothing more is written, so
    /// that bad tokens cost no more than a read. Good ones are accepted all the same, else others at the same address
    /// could be locked out.
    ///
    /// - Throws: `.tooManyAttempts`, `.store`.
    public func countBadToken(address: String) throws(AuthenticationError) {
        guard let throttle else { return }
        var reservation = ThrottleReservation()
        reservation.count(.token, ThrottleKey(.token, "\(ClientNetwork(address))"), throttle.token)
        _ = try reserve(reservation)
    }

    /// Gives back an attempt that was no failure.
    ///
    /// - Throws: `.store`.
    func release(
        _ reservation: ThrottleReservation, succeeded: Bool = false
    ) throws(AuthenticationError) {
        guard !reservation.rules.isEmpty else { return }
        let now = clock.now()
        try AuthenticationError.wrapping {
            try store.changeCounters(reservation.keys) { counters in
                reservation.releasing(counters, succeeded: succeeded, at: now)
            }
        }
    }

    /// Notes that a login or a change of a password has been decided, and that its counters say so.
    func finish(_ attempt: ThrottleReservation) {
        // One for which none can wait was not noted.
        guard attempt.cleared != nil else { return }
        attemptsUnderWay.end(attempt.rules.keys)
    }

    /// - Parameters:
    ///   - exempted: the counter that does not count where the client is familiar.
    ///   - patience: whether it may wait for attempts under way.
    private func reserve(
        _ wanted: ThrottleReservation, exempted: ThrottleKey? = nil, patience: AttemptPatience = .none
    ) throws(AuthenticationError) -> ThrottleReservation {
        while true {
            let seen = attemptsUnderWay.ends
            let (reservation, refusal) = try count(wanted, exempted: exempted)
            guard let refusal else {
                patience.place?.leave()
                return reservation
            }
            guard let subject = wanted.cleared, patience != .none else { throw wanted.refused(by: refusal) }
            let outcome = attemptsUnderWay.place(
                for: subject, among: refusal.keys, present: patience.place, seen: seen
            ) { key, underWay in
                // A success clears this one, whatever is in it.
                key == subject || refusal.lets(key, without: underWay)
            }
            switch outcome {
            case .place(let place): throw .attemptsUnderWay(place)
            case .decideAnew: continue
            case .refused: throw wanted.refused(by: refusal)
            }
        }
    }

    /// Counts an attempt, unless a counter refuses it.
    private func count(
        _ wanted: ThrottleReservation, exempted: ThrottleKey?
    ) throws(AuthenticationError) -> (ThrottleReservation, ThrottleRefusal?) {
        let now = clock.now()
        var reservation = wanted
        var refusal: ThrottleRefusal?
        var isUnderWay = false
        func decide(_ counters: [ThrottleKey: ThrottleCounter]) -> [ThrottleKey: ThrottleCounter?]? {
            reservation = wanted
            if let exempted, let familiar = wanted.familiar, counters[familiar]?.isInForce(at: now) == true {
                reservation.rules[exempted] = nil
            }
            refusal = ThrottleRefusal(by: reservation.rules, counters, at: now)
            if refusal != nil { return nil }
            return reservation.rules.reduce(into: [:]) { changed, entry in
                changed[entry.key] = .some(entry.value.adding(to: counters[entry.key], at: now))
            }
        }
        do throws(AuthenticationError) {
            try AuthenticationError.wrapping {
                // First without the lock, so that a flood of what is refused costs no more than a read.
                _ = decide(try store.counters(wanted.keys))
                guard refusal == nil else { return }
                try store.changeCounters(wanted.keys) { counters in
                    let changed = decide(counters)
                    // Who sees it counted must see it under way, too.
                    if changed != nil, wanted.cleared != nil {
                        attemptsUnderWay.begin(reservation.rules.keys)
                        isUnderWay = true
                    }
                    return changed
                }
            }
        } catch {
            if isUnderWay { finish(reservation) }
            throw error
        }
        return (reservation, refusal)
    }
}
