import Cryptography

extension AuthenticationService {
    /// A successful login.
    public struct Login: Sendable {
        /// The account.
        public let account: Account
        /// The new session's token, which is not available later.
        public let token: BearerToken
        /// The new session.
        public let session: Session
    }

    /// Exchanges an email address and a password for a new session.
    ///
    /// A wrong password and an unknown address cost the same and get the same answer, also if the account's hash has
    /// another scheme or can't be checked. Too many failures are refused before any work is done. A hash with outdated
    /// parameters is renewed. The audit log gets successes and failures.
    ///
    /// This is the one operation with several transactions: the attempt is reserved before the hash, so that parallel
    /// guesses can't beat the counters, and no transaction is open while the hash is computed.
    ///
    /// - Parameter replaced: the token of the browser's previous session, of whichever account, which a success ends.
    /// - Throws: `.invalidCredentials`, `.accountInactive`, `.tooManyAttempts`, `.attemptsUnderWay`, `.overloaded`,
    ///   `.store`, `.cryptography`.
    public func login(
        email: String, password: Password, replacing replaced: String? = nil, by caller: Caller
    ) throws(AuthenticationError) -> Login {
        // A text that is not a valid email address has no account, and takes the same path.
        let key = EmailAddress.lookupKey(email)
        // Checked first, so that a flood costs the store neither a read nor a counted attempt that is given back.
        try withHasher { hasher throws(PasswordHasher.Failure) in try hasher.requirePlace() }
        let attempt = try reserveLogin(emailKey: key, by: caller)
        defer { finish(attempt) }
        let stored = try preparing(attempt) { () throws(AuthenticationError) in try storedPassword(emailKey: key) }
        return try trying(attempt) { isRight throws(AuthenticationError) in
            try login(
                stored, password: password, replacing: replaced.flatMap { session($0, endedBy: caller) },
                attempt: attempt, isRight: &isRight, by: caller)
        }
    }

    private func login(
        _ stored: PasswordCredential?, password: Password, replacing replaced: ReplacedSession?,
        attempt: ThrottleReservation, isRight: inout Bool, by caller: Caller
    ) throws(AuthenticationError) -> Login {
        // With the same work whether the account exists or not.
        let verification = try withHasher { hasher throws(PasswordHasher.Failure) in
            try hasher.verify(password, against: stored?.passwordHash)
        }
        guard let stored, verification.matches else {
            try append(try event(.loginFailed, by: caller, account: stored?.account), on: attempt.server)
            throw .invalidCredentials(
                answeredAt: try answerTime(verification),
                uncheckable: uncheckableHashes.note(stored?.account, verification), account: stored?.account)
        }
        isRight = true
        guard stored.state == .active else {
            try append(
                try event(.loginFailed, by: caller, account: stored.account, details: ["reason": "account_inactive"]),
                on: attempt.server)
            throw .accountInactive(stored.account)
        }
        let token = try newToken(.session)
        let session = try newSession(of: stored.account, token: token, by: caller)
        let account = try withStore { store throws(StoreError) in
            try store.begin(
                session, proof: .password(verified: stored.passwordHash, renewed: verification.renewedHash),
                replaced: replaced, attempt: attempt
            ) { account in
                // A login without an API token goes into the log of the account's own organization.
                try event(
                    .loginSucceeded, by: caller, account: account.id, target: "\(session.id)",
                    organization: caller.organization ?? account.users.first?.organization)
            }
        }
        // The account may have been deactivated, erased or given another password while the hash was computed.
        guard let account else {
            throw .invalidCredentials(answeredAt: try answerTime(verification), account: stored.account)
        }
        return Login(account: account, token: token, session: session)
    }

    /// The session of a token, to be ended; `nil` if the text is not a session token.
    private func session(_ text: String, endedBy caller: Caller) -> ReplacedSession? {
        guard let token = BearerToken(text), token.kind == .session else { return nil }
        return ReplacedSession(tokenHash: token.hash) { session, account in
            try endings(by: caller, account: account)(.session(session))
        }
    }

    /// Finds what a password is checked against, with the same work whether the account exists or not.
    private func storedPassword(emailKey key: String) throws(AuthenticationError) -> PasswordCredential? {
        // Derived from the address, so that an unknown one reads the same pages each time, as a known one does.
        let decoySeed = SHA256.digest(of: key).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return try withStore { store throws(StoreError) in
            try store.passwordLookup(emailKey: key, decoySeed: decoySeed)
        }
    }

    private func newSession(
        of account: Identifier<Account>, token: BearerToken, by caller: Caller
    ) throws(AuthenticationError) -> Session {
        let now = clock.now()
        return Session(
            id: try newIdentifier(), tokenHash: token.hash, account: account, createdAt: now, lastSeen: now,
            expiresAt: now + sessionLifetime, address: caller.address,
            userAgent: String(caller.userAgent.unicodeScalars.prefix(256)))
    }
}
