import Cryptography

extension AuthenticationService {
    /// A login that succeeded.
    public struct Login: Sendable {
        /// Who logged in.
        public let account: Account
        /// The new session's token. It is nowhere else in clear.
        public let token: BearerToken
        /// The new session.
        public let session: Session
    }

    /// Exchanges an email address and a password for a new session.
    ///
    /// A wrong password and an unknown address cost the same and end alike, also where the account's hash is of another
    /// scheme or cannot be checked. Too many wrong ones are refused before any work is done. A hash with other parameters
    /// than are used now is renewed. Good and bad attempts are both in the audit log.
    ///
    /// - Parameter replaced: the token of the session that the browser had before, which ends where the login succeeds,
    ///   whoever's it was.
    /// - Throws: `.invalidCredentials`, `.accountInactive`, `.tooManyAttempts`, `.attemptsUnderWay`, `.overloaded`,
    ///   `.store`, `.cryptography`.
    public func login(
        email: String, password: Password, replacing replaced: String? = nil, by caller: Caller
    ) throws(AuthenticationError) -> Login {
        // What is not a valid email address has no account, and takes the same way.
        let key = EmailAddress.lookupKey(email)
        // A flood costs the store nothing, neither a look nor a count of the attempt that is given back.
        try AuthenticationError.wrapping { try hasher.requirePlace() }
        let attempt = try reserveLogin(emailKey: key, by: caller)
        defer { finish(attempt) }
        do throws(AuthenticationError) {
            return try login(
                emailKey: key, password: password, replacing: replaced.flatMap { session($0, endedBy: caller) },
                attempt: attempt, by: caller)
        } catch {
            if !error.isWrongPassword { try release(attempt) }
            throw error
        }
    }

    private func login(
        emailKey key: String, password: Password, replacing replaced: ReplacedSession?,
        attempt: ThrottleReservation, by caller: Caller
    ) throws(AuthenticationError) -> Login {
        try AuthenticationError.wrapping {
            let (credential, verification) = try verify(password, emailKey: key)
            guard let credential, verification.matches else {
                try store.append(try event(.loginFailed, by: caller, account: credential?.account))
                throw AuthenticationError.invalidCredentials(
                    answeredAt: try answerTime(verification),
                    uncheckable: uncheckableHashes.note(credential?.account, verification))
            }
            guard credential.state == .active else {
                try store.append(
                    try event(
                        .loginFailed, by: caller, account: credential.account, details: ["reason": "account_inactive"]))
                throw AuthenticationError.accountInactive
            }
            let token = try BearerToken(.session, random: random)
            let session = try newSession(of: credential.account, token: token, by: caller)
            let account = try store.begin(
                session, proof: .password(verified: credential.passwordHash, renewed: verification.renewedHash),
                replaced: replaced, attempt: attempt
            ) { account in
                // Whom nobody logged in by a token is in the log of the own organization.
                try event(
                    .loginSucceeded, by: caller, account: account.id, target: "\(session.id)",
                    organization: caller.organization ?? account.users.first?.organization)
            }
            // Deactivated, erased or given another password while the hash was computed.
            guard let account else {
                throw AuthenticationError.invalidCredentials(answeredAt: try answerTime(verification))
            }
            return Login(account: account, token: token, session: session)
        }
    }

    /// The session of a token, to be ended; `nil` where no session can have it.
    private func session(_ text: String, endedBy caller: Caller) -> ReplacedSession? {
        guard let token = BearerToken(text), token.kind == .session else { return nil }
        return ReplacedSession(tokenHash: token.hash) { session, account in
            try endings(by: caller, account: account)(.session(session))
        }
    }

    /// Checks a password, with the same work whether there is such an account or not.
    private func verify(
        _ password: Password, emailKey key: String
    ) throws -> (PasswordCredential?, PasswordHasher.Verification) {
        // Drawn from the address, so that an unknown one has the same pages read each time, as a known one does.
        let decoySeed = SHA256.digest(of: key).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let credential = try store.passwordLookup(emailKey: key, decoySeed: decoySeed)
        return (credential, try hasher.verify(password, against: credential?.passwordHash))
    }

    private func newSession(
        of account: Identifier<Account>, token: BearerToken, by caller: Caller
    ) throws -> Session {
        let now = clock.now()
        return Session(
            id: try Identifier(random: random), tokenHash: token.hash, account: account, createdAt: now,
            lastSeen: now, expiresAt: now + sessionLifetime, address: caller.address,
            userAgent: String(caller.userAgent.unicodeScalars.prefix(256)))
    }
}
