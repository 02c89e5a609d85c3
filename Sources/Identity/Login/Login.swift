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
        /// The token of the browser that is trusted from now on, which is not available later; `nil` for none.
        public let device: BearerToken?
    }

    /// The parts of a login beyond email address and password, by which it needs no second step.
    public struct LoginShortcut: Sendable {
        /// A code of a second factor, which an account without one has no use for; `nil` for none.
        public var code: String?
        /// The token of a trusted browser, which may be malformed; `nil` for none.
        public var device: String?

        /// Names the parts.
        public init(code: String? = nil, device: String? = nil) {
            self.code = code
            self.device = device
        }
    }

    /// The end of the first step of a login.
    private enum FirstStep {
        case loggedIn(Login)
        /// It waits for a second factor.
        case waits(PendingLogin.Offer)
        /// A code came along, which is to be checked.
        case hasCode(String, PasswordCredential, LoginProof)
    }

    /// Exchanges an email address and a password for a new session.
    ///
    /// A wrong password and an unknown address cost the same and get the same answer, also if the account's hash has
    /// another scheme or can't be checked. Too many failures are refused before any work is done. A hash with outdated
    /// parameters is renewed. The audit log gets successes and failures.
    ///
    /// An account with a second factor is not logged in by its password: the login waits for the second step, unless a
    /// code or a trusted device comes along. Its attempt is given back then, but no counter is cleared.
    ///
    /// This is the one operation with several transactions: the attempt is reserved before the hash, so that parallel
    /// guesses can't beat the counters, and no transaction is open while the hash is computed.
    ///
    /// - Parameter replaced: the token of the browser's previous session, of whichever account, which a success ends.
    /// - Throws: `.invalidCredentials`, `.secondFactorRequired`, `.invalidFactor`, `.accountInactive`,
    ///   `.tooManyAttempts`, `.attemptsUnderWay`, `.overloaded`, `.keys`, `.store`, `.cryptography`.
    public func login(
        email: String, password: Password, _ shortcut: LoginShortcut = LoginShortcut(),
        replacing replaced: String? = nil, by caller: Caller
    ) throws(AuthenticationError) -> Login {
        // A text that is not a valid email address has no account, and takes the same path.
        let key = EmailAddress.lookupKey(email)
        // Checked first, so that a flood costs the store neither a read nor a counted attempt that is given back.
        try withHasher { hasher throws(PasswordHasher.Failure) in try hasher.requirePlace() }
        let attempt = try reserveLogin(emailKey: key, by: caller)
        defer { finish(attempt) }
        let stored = try preparing(attempt) { () throws(AuthenticationError) in try storedPassword(emailKey: key) }
        let replaced = replaced.flatMap { session($0, endedBy: caller) }
        let step = try trying(attempt) { isRight throws(AuthenticationError) in
            try firstStep(
                stored, password: password, shortcut, replacing: replaced, attempt: attempt, isRight: &isRight,
                by: caller)
        }
        switch step {
        case .loggedIn(let login): return login
        case .waits(let offer): throw .secondFactorRequired(offer)
        case .hasCode(let code, let stored, let proof):
            try release(attempt)
            return try login(
                stored.account, emailKey: key, proof, code: code, replacing: replaced, by: caller)
        }
    }

    private func firstStep(
        _ stored: PasswordCredential?, password: Password, _ shortcut: LoginShortcut,
        replacing replaced: ReplacedSession?, attempt: ThrottleReservation, isRight: inout Bool, by caller: Caller
    ) throws(AuthenticationError) -> FirstStep {
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
        var proof = LoginProof.password(verified: stored.passwordHash, renewed: verification.renewedHash)
        var device: Identifier<TrustedDevice>?
        if !stored.factors.isEmpty {
            if let trusted = try trustedDevice(shortcut.device, of: stored.account) {
                (proof, device) = (proof.with(.device(trusted.tokenHash)), trusted.id)
            } else if let code = shortcut.code {
                return .hasCode(code, stored, proof)
            } else {
                let beginning = try beginSecondStep(
                    of: stored, renewed: verification.renewedHash, attempt: attempt, by: caller)
                switch beginning {
                case .waits(let offer): return .waits(offer)
                case .needsNone: break
                case .refused:
                    throw .invalidCredentials(answeredAt: try answerTime(verification), account: stored.account)
                }
            }
        }
        let login = try begin(
            proof, of: stored.account, replacing: replaced, device: device, attempt: attempt, by: caller)
        // The account may have been deactivated, erased or given another password while the hash was computed.
        guard let login else {
            throw .invalidCredentials(answeredAt: try answerTime(verification), account: stored.account)
        }
        return .loggedIn(login)
    }

    /// The session of a token, to be ended; `nil` if the text is not a session token.
    func session(_ text: String, endedBy caller: Caller) -> ReplacedSession? {
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
}
