/// The value of a counter of attempts, for operators.
public struct CountedAttempts: Sendable, Equatable {
    /// The kind of counter.
    public let name: ThrottleCounter.Name
    /// The counter.
    public let counter: ThrottleCounter
    /// The seconds until the next attempt is let through; `nil` for none.
    public let wait: Int64?
}

extension AuthenticationService {
    /// The existing counters of attempts for an account, for a client address, and for both together.
    ///
    /// - Parameters:
    ///   - account: an identifier, or any email address: failures are also counted for addresses without an account.
    ///   - address: the client's address.
    /// - Throws: `.keys` if the counters have a secret that this process cannot open; `.notFound`, `.store`.
    public func attempts(account: String?, address: String?) throws(AuthenticationError) -> [CountedAttempts] {
        let keys = try counterKeys(account: account, address: address)
        let now = clock.now()
        let counters = try withStore { store throws(StoreError) in try store.counters(keys.map(\.key)) }
        return keys.compactMap { name, key in
            guard let counter = counters[key], counter.isInForce(at: now) else { return nil }
            return CountedAttempts(name: name, counter: counter, wait: rule(name)?.wait(counter, at: now))
        }
    }

    /// Clears the counters of attempts for an account, for a client address, and for both together. An address that
    /// recently logged in to an account remains familiar.
    ///
    /// - Returns: the number of counters cleared.
    /// - Throws: `.keys` as `attempts` does; `.notFound`, `.store`, `.cryptography`.
    public func clearAttempts(
        account: String?, address: String?, by caller: Caller
    ) throws(AuthenticationError) -> Int {
        let keys = try counterKeys(account: account, address: address).filter { $0.name != .familiar }
        return try clear(
            keys.map(\.key), of: try account.flatMap { name throws(AuthenticationError) in try known(name)?.id },
            details: ["counters": keys.map(\.name.rawValue).joined(separator: " ")], by: caller)
    }

    /// Clears all counters of attempts.
    ///
    /// - Returns: the number of counters cleared.
    /// - Throws: `.store`, `.cryptography`.
    public func clearAllAttempts(by caller: Caller) throws(AuthenticationError) -> Int {
        try clear(nil, of: nil, details: ["counters": "all"], by: caller)
    }

    private func clear(
        _ keys: [ThrottleKey]?, of account: Identifier<Account>?, details: [String: String], by caller: Caller
    ) throws(AuthenticationError) -> Int {
        let event = try event(.throttleCleared, by: caller, account: account, details: details)
        return try withStore { store throws(StoreError) in try store.clearCounters(keys, event: event) }
    }

    private func counterKeys(
        account: String?, address: String?
    ) throws(AuthenticationError) -> [(name: ThrottleCounter.Name, key: ThrottleKey)] {
        let throttleKeys = try writtenThrottleKeys()
        var keys: [(name: ThrottleCounter.Name, key: ThrottleKey)] = []
        let network = address.map { "\(ClientNetwork($0))" }
        if let account {
            let known = try known(account)
            let emailKey = known?.email.key ?? EmailAddress.lookupKey(account)
            if let network {
                keys.append((.pair, try throttleKeys.key(.pair, emailKey, network)))
                keys.append((.familiar, try throttleKeys.key(.familiar, emailKey, network)))
            }
            keys.append((.account, try throttleKeys.key(.account, emailKey)))
            if let known {
                for name in [.password, .secondFactor, .secondFactorDay] as [ThrottleCounter.Name] {
                    keys.append((name, try throttleKeys.key(name, "\(known.id)")))
                }
                if let network {
                    keys.append((.secondFactor, try throttleKeys.key(.secondFactor, "\(known.id)", network)))
                }
            }
        }
        if let network {
            for name in [.address, .registration, .token] as [ThrottleCounter.Name] {
                keys.append((name, try throttleKeys.key(name, network)))
            }
        }
        return keys
    }

    /// The account with this identifier or email address; `nil` for an email address without account.
    ///
    /// - Throws: `.notFound` for an identifier without account; `.store`.
    private func known(_ name: String) throws(AuthenticationError) -> Account? {
        let account = try findAccount(named: name)
        if account == nil, Identifier<Account>(name) != nil { throw .notFound("an account \(name)") }
        return account
    }

    private func rule(_ name: ThrottleCounter.Name) -> ThrottleRule? {
        switch name {
        case .pair, .password: throttle?.pair
        case .address: throttle?.address
        case .account: throttle?.account
        case .registration: throttle?.registration
        case .token: throttle?.token
        case .secondFactor: throttle?.secondFactor
        case .secondFactorDay: throttle.map { _ in ThrottlePolicy.secondFactorDay }
        case .familiar, .warning: nil
        }
    }
}
