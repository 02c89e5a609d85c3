import Cryptography

/// The answer of somebody who confirms a session.
public enum ConfirmingAnswer: Sendable {
    /// The account's password, where it has no second factor.
    case password(Password)
    /// A code of a TOTP generator.
    case totp(String)
    /// A recovery code.
    case recoveryCode(String)
    /// An assertion by a passkey or security key, in answer to `confirmationOptions`.
    case passkey(WebAuthn.AuthenticationResponse)

    /// The second factor; `nil` for the password.
    public var secondFactor: SecondFactorMethod? {
        switch self {
        case .password: nil
        case .totp: .totp
        case .recoveryCode: .recoveryCode
        case .passkey: .passkey
        }
    }

    /// The method.
    var method: AuthenticationMethods { secondFactor?.asSet ?? .password }
}

/// A session that was confirmed.
public struct Confirmation: Sendable {
    /// The session's new token, which is not available later. The old one no longer counts.
    public let token: BearerToken
    /// The proofs on which the session rests.
    public let authentication: SessionAuthentication
}

extension AuthenticationService {
    /// Confirms the caller's session: its holder proves once more who they are, by a second factor where the account
    /// has one. The session stays the same and gets another token, so that whoever has copied the old one is out.
    ///
    /// Wrong answers are counted as those of a login are. The challenge of a passkey is gone with the first answer.
    ///
    /// - Parameter text: the token of the session, as the caller sent it.
    /// - Throws: `.sessionRequired`, `.invalidInput` for a method by which the account can't confirm,
    ///   `.invalidCredentials`, `.invalidFactor`, `.sessionGone`, `.noPublicURL`, `.tooManyAttempts`,
    ///   `.attemptsUnderWay`, `.overloaded`, `.keys`, `.store`, `.cryptography`.
    public func confirm(
        _ answer: ConfirmingAnswer, presenting text: String, by caller: Caller
    ) throws(AuthenticationError) -> Confirmation {
        guard let principal = caller.principal, let assurance = principal.assurance,
            case .session(let id) = principal.credential, let present = BearerToken(text)
        else { throw .sessionRequired }
        let methods = assurance.confirmingMethods
        guard answer.method.names.allSatisfy(methods.contains) else {
            let names = methods.joined(separator: ", ")
            throw .invalidInput([InputFault("method", .outOfRange, "This account confirms by: \(names).")])
        }
        let token = try newToken(.session)
        let session = ConfirmedSession(
            session: id, account: principal.account, present: present.hash, renewed: token.hash)
        let authentication =
            switch answer {
            case .password(let password): try confirm(session, password, of: principal, by: caller)
            case .totp(let code): try confirm(session, .totp(code), of: principal, by: caller)
            case .recoveryCode(let code): try confirm(session, .recoveryCode(code), of: principal, by: caller)
            case .passkey(let response): try confirm(session, response, assurance.authentication, by: caller)
            }
        return Confirmation(token: token, authentication: authentication)
    }

    /// The options of an assertion that confirms the caller's session. Their challenge is good for 5 minutes, and for
    /// one answer.
    ///
    /// - Throws: `.sessionRequired`, `.noPublicURL`, `.notFound` if the account has no passkey or security key,
    ///   `.store`, `.cryptography`.
    public func confirmationOptions(for caller: Caller) throws(AuthenticationError) -> WebAuthn.RequestOptions {
        guard let principal = caller.principal, let assurance = principal.assurance,
            case .session(let id) = principal.credential
        else { throw .sessionRequired }
        guard relyingParty != nil else { throw .noPublicURL }
        let material = try factorMaterial(of: principal.account)
        let challenge = try withRandomness { random throws(CryptographyError) in
            try random.bytes(WebAuthn.challengeLength)
        }
        let options = confirmationOptions(challenge, for: material, in: assurance.authentication)
        guard let options else { throw .notFound("a passkey") }
        let ceremony = Ceremony(
            purpose: .confirmation, challenge: challenge, usage: nil, expiresAt: clock.now() + WebAuthn.timeout)
        let isKept = try withStore { store throws(StoreError) in try store.put(ceremony, of: id) }
        guard isKept else { throw .sessionGone }
        return options
    }

    /// A session that rests on no password has two factors by the authenticator's check of its user alone. Without that
    /// check a confirmation would renew both for whoever holds the key.
    private func confirmationOptions(
        _ challenge: [UInt8], for material: FactorMaterial, in session: SessionAuthentication
    ) -> WebAuthn.RequestOptions? {
        relyingParty.flatMap { party in
            WebAuthn.RequestOptions(
                party, challenge: challenge, allowed: material.keys.map(\.descriptor),
                userVerification: session.methods.contains(.password) ? .preferred : .required)
        }
    }

    private func factorMaterial(of account: Identifier<Account>) throws(AuthenticationError) -> FactorMaterial {
        let material = try withStore { store throws(StoreError) in try store.factorMaterial(of: account) }
        guard let material else { throw .sessionGone }
        return material
    }

    private func confirm(
        _ session: ConfirmedSession, _ password: Password, of principal: Principal, by caller: Caller
    ) throws(AuthenticationError) -> SessionAuthentication {
        let attempt = try reservePasswordChange(of: session.account, by: caller)
        defer { finish(attempt) }
        return try trying(attempt) { isRight throws(AuthenticationError) in
            let stored = try withStore { store throws(StoreError) in
                try store.passwordLookup(emailKey: EmailAddress.lookupKey(principal.email), decoySeed: 0)
            }
            let verification = try withHasher { hasher throws(PasswordHasher.Failure) in
                try hasher.verify(password, against: stored?.passwordHash)
            }
            guard let stored, stored.account == session.account, verification.matches else {
                try noteFailure(.password, of: session, on: attempt.server, by: caller)
                throw .invalidCredentials(
                    answeredAt: try answerTime(verification),
                    uncheckable: uncheckableHashes.note(session.account, verification), account: session.account)
            }
            isRight = true
            return try confirm(session, .password(verified: stored.passwordHash), attempt, by: caller)
        }
    }

    /// Confirms by a code, which is counted before it is looked at.
    private func confirm(
        _ session: ConfirmedSession, _ answer: SecondFactorAnswer, of principal: Principal, by caller: Caller
    ) throws(AuthenticationError) -> SessionAuthentication {
        var attempt = try reserveSecondFactor(
            of: session.account, emailKey: EmailAddress.lookupKey(principal.email), by: caller)
        // Only a login makes an address familiar.
        attempt.familiar = nil
        let reserved = attempt
        defer { finish(reserved) }
        return try trying(reserved) { isRight throws(AuthenticationError) in
            let material = try factorMaterial(of: session.account)
            let use = try check(answer, of: session, material, on: reserved.server, by: caller)
            isRight = true
            return try confirm(session, .factor(use), reserved, by: caller)
        }
    }

    /// Confirms by an assertion, which is counted for the session.
    private func confirm(
        _ session: ConfirmedSession, _ response: WebAuthn.AuthenticationResponse,
        _ authentication: SessionAuthentication, by caller: Caller
    ) throws(AuthenticationError) -> SessionAuthentication {
        guard relyingParty != nil else { throw .noPublicURL }
        let attempt = try reserveAssertion(of: session.account, in: session.session)
        return try trying(attempt) { isRight throws(AuthenticationError) in
            let now = clock.now()
            let taken = try withStore { store throws(StoreError) in
                try store.takeCeremony(.confirmation, of: session.session)
            }
            let ceremony = taken.flatMap { $0.expiresAt > now ? $0 : nil }
            let material = try factorMaterial(of: session.account)
            let options = ceremony.flatMap { confirmationOptions($0.challenge, for: material, in: authentication) }
            let use = try check(
                .assertion(response, options), of: session, material, on: attempt.server, by: caller)
            isRight = true
            return try confirm(session, .factor(use), attempt, by: caller)
        }
    }

    /// Checks an answer; one that proves nothing gets its entry in the audit log.
    private func check(
        _ answer: SecondFactorAnswer, of session: ConfirmedSession, _ material: FactorMaterial,
        on server: StoreServer?, by caller: Caller
    ) throws(AuthenticationError) -> FactorUse {
        do throws(AuthenticationError) {
            return try check(answer, against: material)
        } catch {
            if case .invalidFactor(let refusal, _) = error {
                try noteFailure(answer.method.asSet, of: session, on: server, by: caller)
                try note(refusal, ofKey: material.key(of: answer), of: session.account, on: server, by: caller)
            }
            throw error
        }
    }

    private func confirm(
        _ session: ConfirmedSession, _ proof: ConfirmationProof, _ attempt: ThrottleReservation, by caller: Caller
    ) throws(AuthenticationError) -> SessionAuthentication {
        let method = proof.method.names.joined()
        let event = try event(
            .sessionConfirmed, by: caller, account: session.account, target: "\(session.session)",
            details: ["method": method])
        let now = clock.now()
        let outcome = try withStore { store throws(StoreError) in
            try store.confirm(session, proof: proof, attempt: attempt, at: now, event: event)
        }
        switch outcome {
        case .confirmed(let authentication): return authentication
        case .gone: throw .sessionGone
        case .refused:
            try noteFailure(proof.method, of: session, on: attempt.server, by: caller)
            guard case .factor = proof else { throw .invalidCredentials(account: session.account) }
            throw .invalidFactor(.usedCode, account: session.account)
        }
    }

    private func noteFailure(
        _ method: AuthenticationMethods, of session: ConfirmedSession, on server: StoreServer?, by caller: Caller
    ) throws(AuthenticationError) {
        try append(
            try event(
                method == .password ? .loginFailed : .factorFailed, by: caller, account: session.account,
                target: "\(session.session)",
                details: ["reason": "confirmation", "method": method.names.joined()]), on: server)
    }

    /// Tells whether a text is the token that a session had before it was confirmed.
    ///
    /// - Throws: `.store`.
    public func isRotated(bearer text: String) throws(AuthenticationError) -> Bool {
        guard let token = BearerToken(text), token.kind == .session else { return false }
        return try withStore { store throws(StoreError) in try store.isRotated(token.hash) }
    }
}
