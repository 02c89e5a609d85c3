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

    /// Removes sessions and counters of attempts that count no longer from the store, some thousand at a time.
    ///
    /// - Throws: `.store`.
    public func prune() throws(AuthenticationError) {
        let now = clock.now()
        let limit = 1000
        try AuthenticationError.wrapping {
            while try store.pruneSessions(at: now, idleSince: idleSince(now), limit: limit) == limit {}
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
