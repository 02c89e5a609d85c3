extension AuthenticationService {
    /// Ends the session of a session token, if there is one.
    ///
    /// - Throws: `.store`, `.cryptography`.
    public func logout(sessionToken text: String, by caller: Caller) throws(AuthenticationError) {
        guard let principal = try authenticate(bearer: text), case .session(let id) = principal.credential else {
            return
        }
        _ = try withStore { store throws(StoreError) in
            try store.endSessions(.one(id), of: principal.account) { _ in
                try event(.logout, by: caller, account: principal.account, target: "\(id)")
            }
        }
    }

    /// The valid sessions of an account, the oldest first.
    ///
    /// - Throws: `.tooManyLists`, `.store`.
    public func sessions(
        of account: Identifier<Account>, _ page: PageRequest, by caller: Caller
    ) throws(AuthenticationError) -> Page<Session> {
        let now = clock.now()
        let idleSince = idleSince(now)
        return try readList(for: caller) { store throws(StoreError) in
            try store.sessions(of: account, at: now, idleSince: idleSince, page)
        }
    }

    /// The identifiers of the valid sessions of all accounts, the newest first, for an operator.
    ///
    /// - Parameter limit: the most that are returned; `nil` for all.
    /// - Throws: `.store`.
    public func sessionIDs(limit: Int?) throws(AuthenticationError) -> [Identifier<Session>] {
        let now = clock.now()
        return try withStore { store throws(StoreError) in
            try store.sessionIDs(at: now, idleSince: idleSince(now), limit: limit)
        }
    }

    /// Ends sessions of an account.
    ///
    /// - Returns: the number of sessions that ended.
    /// - Throws: `.store`, `.cryptography`.
    @discardableResult
    public func endSessions(
        _ sessions: SessionSelection, of account: Identifier<Account>, by caller: Caller
    ) throws(AuthenticationError) -> Int {
        try withStore { store throws(StoreError) in
            try store.endSessions(sessions, of: account, event: endings(by: caller, account: account))
        }
    }

    /// The time of last use at which a session has been idle for too long.
    func idleSince(_ now: Timestamp) -> Timestamp { now + -sessionIdleTimeout }
}
