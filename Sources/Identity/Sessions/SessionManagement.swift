extension AuthenticationService {
    /// Ends the session of a session token. It is no error where there is none.
    ///
    /// - Throws: `.store`, `.cryptography`.
    public func logout(sessionToken text: String, by caller: Caller) throws(AuthenticationError) {
        guard let principal = try authenticate(bearer: text), case .session(let id) = principal.credential else {
            return
        }
        try AuthenticationError.wrapping {
            _ = try store.endSessions(.one(id), of: principal.account) { _ in
                try event(.logout, by: caller, account: principal.account, target: "\(id)")
            }
        }
    }

    /// The sessions of an account that still count, the oldest first.
    ///
    /// - Throws: `.store`.
    public func sessions(
        of account: Identifier<Account>, _ page: PageRequest, by caller: Caller
    ) throws(AuthenticationError) -> Page<Session> {
        let now = clock.now()
        let idleSince = idleSince(now)
        return try readList(for: caller) { store throws(StoreError) in
            try store.sessions(of: account, at: now, idleSince: idleSince, page)
        }
    }

    /// Ends sessions of an account.
    ///
    /// - Returns: how many there were.
    /// - Throws: `.store`, `.cryptography`.
    @discardableResult
    public func endSessions(
        _ sessions: SessionSelection, of account: Identifier<Account>, by caller: Caller
    ) throws(AuthenticationError) -> Int {
        try AuthenticationError.wrapping {
            try store.endSessions(sessions, of: account, event: endings(by: caller, account: account))
        }
    }

    /// The moment by which it is decided what counts no longer; `nil` where the clock has jumped ahead within the last day,
    /// so that nothing is removed until it is set right or has proven itself.
    ///
    /// A process that has not seen the clock keep its time for a day goes by what happened last: at most a day after that.
    ///
    /// - Throws: `.store`.
    public func pruningMoment() throws(AuthenticationError) -> Timestamp? {
        let trust = clockWatch.look()
        guard !trust.jumpedAhead else { return nil }
        let now = clock.now()
        if trust.isProven { return now }
        return try AuthenticationError.wrapping {
            try store.lastEventTime().map { min(now, $0 + ClockWatch.probation) } ?? now
        }
    }

    /// Removes sessions and counters of attempts that count no longer from the store, some thousand at a time.
    ///
    /// - Parameter now: what `pruningMoment` says.
    /// - Throws: `.store`.
    public func prune(at now: Timestamp) throws(AuthenticationError) {
        // What was made in the future is refused, but comes back when its time has come; only that it is not the clock
        // that is behind must be sure.
        let future = clockWatch.look().isProven ? now + WallClock.tolerance : nil
        let limit = 1000
        try AuthenticationError.wrapping {
            while try store.pruneSessions(at: now, idleSince: idleSince(now), future: future, limit: limit) == limit {}
            while try store.pruneCounters(at: now, limit: limit) == limit {}
        }
    }

    /// Removes what was erased from the files in which it is still left.
    ///
    /// - Returns: `false` where a reader held it up: then it is to be tried again.
    /// - Throws: `.store`.
    public func wipeErased() throws(AuthenticationError) -> Bool {
        try AuthenticationError.wrapping { try store.wipeErased() }
    }
}
