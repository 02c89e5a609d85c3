/// A counter of attempts, as operators see it.
public struct CountedAttempts: Sendable, Equatable {
    /// The kind of the counter.
    public let name: ThrottleCounter.Name
    /// How many.
    public let counter: ThrottleCounter
    /// After how many seconds the next attempt is let through; `nil` for now.
    public let wait: Int64?
}

extension AuthenticationService {
    /// The counters of attempts for an account, for a client address, and for both together, as far as there are any.
    ///
    /// - Parameters:
    ///   - account: an identifier, or any email address: failures are also counted where it has no account.
    ///   - address: the client's.
    /// - Throws: `.notFound`, `.store`.
    public func attempts(account: String?, address: String?) throws(AuthenticationError) -> [CountedAttempts] {
        let keys = try counterKeys(account: account, address: address)
        let now = clock.now()
        return try AuthenticationError.wrapping {
            let counters = try store.counters(keys.map(\.key))
            return keys.compactMap { name, key in
                counters[key].flatMap { counter in
                    guard counter.isInForce(at: now) else { return nil }
                    return CountedAttempts(name: name, counter: counter, wait: rule(name)?.wait(counter, at: now))
                }
            }
        }
    }

    /// Forgets the attempts that were counted for an account, for a client address, and for both together. That an address
    /// lately logged in to an account stays known.
    ///
    /// - Returns: how many counters there were.
    /// - Throws: `.notFound`, `.store`, `.cryptography`.
    public func clearAttempts(
        account: String?, address: String?, by caller: Caller
    ) throws(AuthenticationError) -> Int {
        let keys = try counterKeys(account: account, address: address).filter { $0.name != .familiar }
        return try clear(
            keys.map(\.key), of: try account.flatMap { name throws(AuthenticationError) in try known(name)?.id },
            details: ["counters": keys.map(\.name.rawValue).joined(separator: " ")], by: caller)
    }

    /// Forgets all attempts that were counted, of everybody.
    ///
    /// - Returns: how many counters there were.
    /// - Throws: `.store`, `.cryptography`.
    public func clearAllAttempts(by caller: Caller) throws(AuthenticationError) -> Int {
        try clear(nil, of: nil, details: ["counters": "all"], by: caller)
    }

    private func clear(
        _ keys: [ThrottleKey]?, of account: Identifier<Account>?, details: [String: String], by caller: Caller
    ) throws(AuthenticationError) -> Int {
        let event = try event(.throttleCleared, by: caller, account: account, details: details)
        return try AuthenticationError.wrapping { try store.clearCounters(keys, event: event) }
    }

    private func counterKeys(
        account: String?, address: String?
    ) throws(AuthenticationError) -> [(name: ThrottleCounter.Name, key: ThrottleKey)] {
        var keys: [(name: ThrottleCounter.Name, key: ThrottleKey)] = []
        let network = address.map { "\(ClientNetwork($0))" }
        if let account {
            let known = try known(account)
            let emailKey = known?.email.key ?? EmailAddress.lookupKey(account)
            if let network {
                keys.append((.pair, ThrottleKey(.pair, emailKey, network)))
                keys.append((.familiar, ThrottleKey(.familiar, emailKey, network)))
            }
            keys.append((.account, ThrottleKey(.account, emailKey)))
            if let known { keys.append((.password, ThrottleKey(.password, "\(known.id)"))) }
        }
        if let network {
            for name in [.address, .registration, .token] as [ThrottleCounter.Name] {
                keys.append((name, ThrottleKey(name, network)))
            }
        }
        return keys
    }

    /// The account of this identifier or email address; `nil` where no account has the address.
    ///
    /// - Throws: `.notFound` where there is no such identifier; `.store`.
    private func known(_ name: String) throws(AuthenticationError) -> Account? {
        if Identifier<Account>(name) != nil { return try account(named: name) }
        return try AuthenticationError.wrapping { try store.account(emailKey: EmailAddress.lookupKey(name)) }
    }

    private func rule(_ name: ThrottleCounter.Name) -> ThrottleRule? {
        switch name {
        case .pair, .password: throttle?.pair
        case .address: throttle?.address
        case .account: throttle?.account
        case .registration: throttle?.registration
        case .token: throttle?.token
        case .familiar, .warning: nil
        }
    }
}
