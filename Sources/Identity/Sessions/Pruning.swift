extension AuthenticationService {
    /// The time by which to decide what has expired; `nil` if the clock has jumped ahead within the last day: then
    /// nothing is removed until it is set right or has kept its time for a day.
    ///
    /// A process that has not yet seen the clock keep its time for a day uses a time at most a day after the last event
    /// in the audit log.
    ///
    /// - Throws: `.store`.
    public func pruningMoment() throws(AuthenticationError) -> Timestamp? {
        let trust = clockWatch.look()
        guard !trust.jumpedAhead else { return nil }
        let now = clock.now()
        if trust.isProven { return now }
        return try withStore { store throws(StoreError) in
            try store.lastEventTime().map { min(now, $0 + ClockWatch.probation) } ?? now
        }
    }

    /// Removes expired sessions, counters of attempts, and what has expired of second factors from the store, a
    /// thousand at a time.
    ///
    /// - Parameter now: the result of `pruningMoment`.
    /// - Throws: `.store`.
    public func prune(at now: Timestamp) throws(AuthenticationError) {
        // A session made in the future is refused now but would be accepted later. It is removed only if it is certain
        // that the present clock is not slow.
        let future = clockWatch.look().isProven ? now + WallClock.tolerance : nil
        let limit = 1000
        try withStore { store throws(StoreError) in
            while try store.pruneSessions(at: now, idleSince: idleSince(now), future: future, limit: limit) == limit {}
            while try store.pruneCounters(at: now, limit: limit) == limit {}
            while try store.pruneSecondFactors(at: now, limit: limit) == limit {}
        }
    }

    /// Removes erased data from the files that still contain it.
    ///
    /// - Returns: `false` if a reader held it up; it must be tried again.
    /// - Throws: `.store`.
    public func wipeErased() throws(AuthenticationError) -> Bool {
        try withStore { store throws(StoreError) in try store.wipeErased() }
    }
}
