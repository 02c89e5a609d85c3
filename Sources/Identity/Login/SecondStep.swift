import Cryptography

// The second step of a login. All of its state is in the store, so that any process finishes what another began.
extension AuthenticationService {
    /// The outcome of a first step that asks for a second one.
    enum SecondStepBeginning {
        case waits(PendingLogin.Offer)
        case needsNone
        case refused
    }

    /// Leaves a login, whose password was right, to wait for a second factor.
    ///
    /// - Throws: `.store`, `.cryptography`.
    func beginSecondStep(
        of stored: PasswordCredential, renewed: String?, attempt: ThrottleReservation, by caller: Caller
    ) throws(AuthenticationError) -> SecondStepBeginning {
        let (now, token) = (clock.now(), try newToken(.login))
        let login = PendingLogin(
            id: try newIdentifier(), tokenHash: token.hash, account: stored.account, program: caller.program,
            network: "\(ClientNetwork(caller.address))", createdAt: now, expiresAt: now + PendingLogin.lifetime)
        let beginning = try withStore { store throws(StoreError) in
            try store.beginLogin(login, verified: stored.passwordHash, renewed: renewed, attempt: attempt)
        }
        switch beginning {
        case .needsNone: return .needsNone
        case .refused: return .refused
        case .waits(let methods, let last):
            return .waits(
                PendingLogin.Offer(
                    token: token.text, methods: SecondFactorMethod.of(usable(methods), last: last),
                    expiresAt: login.expiresAt, account: stored.account))
        }
    }

    /// The methods that work here: passkeys need an address for browsers.
    private func usable(_ methods: AuthenticationMethods) -> AuthenticationMethods {
        relyingParty == nil ? methods.subtracting(.passkey) : methods
    }

    /// Gives out the options of an assertion as the second factor of a login that waits.
    ///
    /// - Throws: `.loginExpired`; `.noPublicURL`; `.notFound` if the account has no passkey; `.store`, `.cryptography`.
    public func secondFactorOptions(
        loginToken: String, by caller: Caller
    ) throws(AuthenticationError) -> WebAuthn.RequestOptions {
        let login = try pendingLogin(loginToken, by: caller)
        let material = try material(of: login)
        let challenge = try withRandomness { random throws(CryptographyError) in
            try random.bytes(WebAuthn.challengeLength)
        }
        let options = try options(challenge: challenge, of: material)
        guard let options else { throw relyingParty == nil ? .noPublicURL : .notFound("a passkey of the account") }
        let isSet = try withStore { store throws(StoreError) in try store.setChallenge(challenge, of: login.id) }
        guard isSet else { throw .loginExpired }
        return options
    }

    /// Finishes a login that waits for its second factor.
    ///
    /// Each answer is counted before it is checked, in the login's row and, unless nothing can be guessed, by the
    /// counters of the account. A wrong code, a used one, an unknown key and a bad signature cost the same and get the
    /// same answer.
    ///
    /// - Parameters:
    ///   - answer: the answer. The options of an assertion are those that were given out last, whatever it has.
    ///   - trustsDevice: whether the browser is to be trusted from now on, if the installation trusts any.
    ///   - replaced: the token of the browser's previous session, of whichever account, which a success ends.
    /// - Throws: `.loginExpired`, `.invalidFactor`, `.tooManyAttempts`, `.keys`, `.store`, `.cryptography`.
    public func login(
        loginToken: String, answer: SecondFactorAnswer, trustsDevice: Bool = false, replacing replaced: String? = nil,
        by caller: Caller
    ) throws(AuthenticationError) -> Login {
        let login = try pendingLogin(loginToken, by: caller)
        let material = try material(of: login)
        let attempt = try reserve(answer, of: login.account, emailKey: emailKey(of: login.account), by: caller)
        return try trying(attempt) { isRight throws(AuthenticationError) in
            let now = clock.now()
            let taken = try withStore { store throws(StoreError) in try store.takeAnswer(of: login.id, at: now) }
            guard let taken else { throw .loginExpired }
            let answer = try answer.to(options(challenge: taken.challenge, of: material))
            let use = try prove(answer, against: material, attempt: attempt, by: caller)
            isRight = true
            let begun = try begin(
                LoginProof(.pending(login.id), .factor(use)), of: login.account,
                replacing: replaced.flatMap { session($0, endedBy: caller) }, trustsDevice: trustsDevice,
                attempt: attempt, by: caller)
            if let begun { return begun }
            // Either the login went meanwhile, or the code was used meanwhile.
            let isThere = try withStore { store throws(StoreError) in try store.pendingLogin(login.tokenHash) } != nil
            guard isThere else { throw .loginExpired }
            try note(.usedCode, of: answer, against: material, attempt: attempt, by: caller)
            throw .invalidFactor(.usedCode, account: login.account)
        }
    }

    /// Finishes a login whose code came along with the password.
    ///
    /// - Parameter proof: the first step.
    func login(
        _ account: Identifier<Account>, emailKey: String, _ proof: LoginProof, code: String,
        replacing replaced: ReplacedSession?, by caller: Caller
    ) throws(AuthenticationError) -> Login {
        let material = try withStore { store throws(StoreError) in try store.factorMaterial(of: account) }
        guard let material else { throw .invalidCredentials(account: account) }
        let answer = SecondFactorAnswer(code: code)
        let attempt = try reserve(answer, of: account, emailKey: emailKey, by: caller)
        return try trying(attempt) { isRight throws(AuthenticationError) in
            let use = try prove(answer, against: material, attempt: attempt, by: caller)
            isRight = true
            let begun = try begin(
                proof.with(.factor(use)), of: account, replacing: replaced, attempt: attempt, by: caller)
            if let begun { return begun }
            try note(.usedCode, of: answer, against: material, attempt: attempt, by: caller)
            throw .invalidFactor(.usedCode, account: account)
        }
    }

    /// The login of a token, if the caller may finish it.
    ///
    /// - Throws: `.loginExpired`, `.store`.
    private func pendingLogin(_ text: String, by caller: Caller) throws(AuthenticationError) -> PendingLogin {
        guard let token = BearerToken(text), token.kind == .login else { throw .loginExpired }
        let login = try withStore { store throws(StoreError) in try store.pendingLogin(token.hash) }
        guard let login, login.program == caller.program, login.isOpen(at: clock.now()) else { throw .loginExpired }
        return login
    }

    private func material(of login: PendingLogin) throws(AuthenticationError) -> FactorMaterial {
        let material = try withStore { store throws(StoreError) in try store.factorMaterial(of: login.account) }
        guard let material else { throw .loginExpired }
        return material
    }

    private func emailKey(of account: Identifier<Account>) throws(AuthenticationError) -> String {
        let found = try withStore { store throws(StoreError) in try store.account(account) }
        guard let found else { throw .loginExpired }
        return found.email.key
    }

    /// The options of an assertion by a key of the account; `nil` without a challenge, a key or an address for
    /// browsers.
    ///
    /// The password came before, so the authenticator need not verify its user.
    private func options(
        challenge: [UInt8]?, of material: FactorMaterial
    ) throws(AuthenticationError) -> WebAuthn.RequestOptions? {
        guard let challenge, let relyingParty else { return nil }
        return WebAuthn.RequestOptions(
            relyingParty, challenge: challenge, allowed: material.keys.map(\.descriptor),
            userVerification: .discouraged)
    }

    private func reserve(
        _ answer: SecondFactorAnswer, of account: Identifier<Account>, emailKey: String, by caller: Caller
    ) throws(AuthenticationError) -> ThrottleReservation {
        let reservation =
            answer.method == .passkey
            ? ThrottleReservation() : try reserveSecondFactor(of: account, emailKey: emailKey, by: caller)
        return try finishing(reservation, of: account, emailKey: emailKey, by: caller)
    }

    /// Checks an answer; a wrong one gets its entry in the audit log.
    private func prove(
        _ answer: SecondFactorAnswer, against material: FactorMaterial, attempt: ThrottleReservation, by caller: Caller
    ) throws(AuthenticationError) -> FactorUse {
        do throws(AuthenticationError) {
            return try check(answer, against: material)
        } catch {
            guard case .invalidFactor(let refusal, _) = error else { throw error }
            try note(refusal, of: answer, against: material, attempt: attempt, by: caller)
            throw .invalidFactor(refusal, account: material.account)
        }
    }

    private func note(
        _ refusal: FactorRefusal, of answer: SecondFactorAnswer, against material: FactorMaterial,
        attempt: ThrottleReservation, by caller: Caller
    ) throws(AuthenticationError) {
        let key = material.key(of: answer)
        try append(
            try event(
                .factorFailed, by: caller, account: material.account, target: key.map { "\($0)" },
                details: ["method": answer.method.rawValue, "reason": refusal.rawValue]), on: attempt.server)
        try note(refusal, ofKey: key, of: material.account, on: attempt.server, by: caller)
    }
}

extension Caller {
    /// The API token of a program, by which its logins and challenges are bound to it; `nil` for a browser. The session
    /// of a developer, which logs people in too, stands for itself: identifiers of all kinds are random.
    var program: Identifier<APIToken>? {
        switch principal?.credentialID {
        case nil: nil
        case .apiToken(let id): id
        case .session(let id): Identifier(rawValue: id.rawValue)
        }
    }
}

extension SecondFactorAnswer {
    /// The same answer, to these options if it is an assertion.
    fileprivate func to(_ options: WebAuthn.RequestOptions?) -> SecondFactorAnswer {
        if case .assertion(let response, _) = self { .assertion(response, options) } else { self }
    }
}
