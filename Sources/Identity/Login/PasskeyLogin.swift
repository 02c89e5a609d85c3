import Cryptography

/// The options of a login by a passkey alone.
public struct PasskeyLoginOffer: Sendable, Equatable {
    /// The options.
    public let options: WebAuthn.RequestOptions
    /// The value of the cookie by which a browser finishes the login; `nil` for a program, which does so by its token.
    public let cookie: String?
}

extension AuthenticationService {
    /// Gives out the options of a login by a passkey alone. Nothing is written: the challenge tells by itself for whom
    /// it was made, and until when.
    ///
    /// - Parameter cookie: the value of the browser's cookie from earlier options, which goes on to count, so that two
    ///   pages of one browser don't get in each other's way; `nil` for none.
    /// - Throws: `.noPublicURL`, `.keys`, `.cryptography`.
    public func passkeyLoginOptions(
        cookie: String?, by caller: Caller
    ) throws(AuthenticationError) -> PasskeyLoginOffer {
        let (party, key) = (try passkeyParty(), try passkeyLoginKeys()[0])
        var value: String?
        if caller.program == nil {
            value = cookie.flatMap(Self.cookieValue)
            if value == nil { value = try newCookie() }
        }
        guard let binding = Self.binding(cookie: value, of: caller) else { throw .noPublicURL }
        let now = clock.now()
        let challenge = try withRandomness { random throws(CryptographyError) in
            try WebAuthn.PasskeyLoginChallenge(for: party, boundTo: binding, now: now, key: key, random: random)
        }
        return PasskeyLoginOffer(
            options: WebAuthn.RequestOptions(passkeyLogin: party, challenge: challenge.bytes), cookie: value)
    }

    /// Logs in by a passkey alone: it counts as two factors, since the authenticator verified its user.
    ///
    /// An unknown credential and a bad signature cost the same and get the same answer. Each leaves an entry in the
    /// audit log and counts for the client's address, as a wrong password does. That of a known one uses the challenge
    /// up, too.
    ///
    /// - Parameters:
    ///   - cookie: the value of the browser's cookie that came with the options; `nil` for none.
    ///   - replaced: the token of the browser's previous session, of whichever account, which a success ends.
    /// - Throws: `.noPublicURL`, `.invalidFactor`, `.accountInactive`, `.tooManyAttempts`, `.keys`,
    ///   `.store`, `.cryptography`.
    public func login(
        passkey response: WebAuthn.AuthenticationResponse, cookie: String?, replacing replaced: String? = nil,
        by caller: Caller
    ) throws(AuthenticationError) -> Login {
        let party = try passkeyParty()
        let challenge = try challenge(of: response, for: party, cookie: cookie, by: caller)
        let attempt = try reservePasskeyLogin(by: caller)
        return try trying(attempt) { isRight throws(AuthenticationError) in
            let found = try withStore { store throws(StoreError) in
                try store.registeredKey(credential: response.credentialID)
            }
            let options = challenge.map { WebAuthn.RequestOptions(passkeyLogin: party, challenge: $0.bytes) }
            let failure = PasskeyFailure(found: found, challenge: challenge.map(UsedChallenge.init), attempt: attempt)
            let use: FactorUse
            do throws(AuthenticationError) {
                use = try check(response, of: options, by: found?.key, account: found?.account.id)
            } catch {
                guard case .invalidFactor(let refusal, _) = error else { throw error }
                try note(refusal.rawValue, failure, by: caller)
                throw error
            }
            isRight = true
            guard let account = found?.account, let used = failure.challenge else {
                throw .invalidFactor(.noChallenge, account: nil)
            }
            guard account.state == .active else {
                try note("account_inactive", failure, by: caller)
                throw .accountInactive(account.id)
            }
            let begun = try begin(
                LoginProof(.passkey(used), .factor(use)), of: account.id,
                replacing: replaced.flatMap { session($0, endedBy: caller) },
                attempt: try finishing(attempt, of: account.id, emailKey: account.email.key, by: caller), by: caller)
            if let begun { return begun }
            // The challenge was answered before, or the account logs in elsewhere.
            try note(FactorRefusal.noChallenge.rawValue, failure, by: caller)
            throw .invalidFactor(.noChallenge, account: account.id)
        }
    }

    /// The challenge of an answer, if it was given out to this caller and has not expired. Nothing tells yet whether it
    /// was answered before.
    private func challenge(
        of response: WebAuthn.AuthenticationResponse, for party: WebAuthn.RelyingParty, cookie: String?,
        by caller: Caller
    ) throws(AuthenticationError) -> WebAuthn.PasskeyLoginChallenge? {
        let keys = try passkeyLoginKeys()
        guard let challenge = response.challenge.flatMap({ WebAuthn.PasskeyLoginChallenge($0) }),
            let binding = Self.binding(cookie: cookie, of: caller)
        else { return nil }
        let now = clock.now()
        return try withRandomness { _ throws(CryptographyError) in
            for key in keys where try challenge.isValid(for: party, boundTo: binding, now: now, key: key) {
                return challenge
            }
            return nil
        }
    }

    private func note(
        _ reason: String, _ failure: PasskeyFailure, by caller: Caller
    ) throws(AuthenticationError) {
        let account = failure.found?.account
        let organization = caller.organization ?? account?.users.first?.organization
        let key = failure.found.map { "\($0.key.id)" }
        var events = [
            try event(
                .loginFailed, by: caller, account: account?.id, target: key, organization: organization,
                details: ["factor": SecondFactorMethod.passkey.rawValue, "password": "none", "reason": reason])
        ]
        if reason == FactorRefusal.counterWentBack.rawValue {
            events.append(
                try event(
                    .passkeyCounterWentBack, by: caller, account: account?.id, target: key,
                    organization: organization))
        }
        try withStore { store throws(StoreError) in
            try store.use(
                failure.challenge, isKnown: failure.found != nil, events: events, on: failure.attempt.server)
        }
    }

    private func passkeyParty() throws(AuthenticationError) -> WebAuthn.RelyingParty {
        guard let relyingParty else { throw .noPublicURL }
        return relyingParty
    }

    private func passkeyLoginKeys() throws(AuthenticationError) -> [Secret] {
        try withKeys { keys throws(KeyError) in try keys.derivedKeys(for: .passkeyLogin).map(\.key) }
    }

    /// The binding of a challenge; `nil` for a browser without the cookie.
    private static func binding(
        cookie: String?, of caller: Caller
    ) -> WebAuthn.PasskeyLoginChallenge.Binding? {
        if let program = caller.program { return .apiToken(program) }
        return cookie.flatMap(cookieValue).map { .cookie(TokenHash(bytes: SHA256.digest(of: $0))) }
    }

    /// The bytes of a cookie's value in base64url.
    private static let cookieLength = 32

    /// The value of a cookie, if it is one that could have been given out. Whatever else a client sends is never handed
    /// back to it.
    private static func cookieValue(_ text: String) -> String? {
        let isLong = text.utf8.count == (8 * cookieLength + 5) / 6
        return isLong && Base64.decode(text, .url)?.count == cookieLength ? text : nil
    }

    private func newCookie() throws(AuthenticationError) -> String {
        Base64.url(try withRandomness { random throws(CryptographyError) in try random.bytes(Self.cookieLength) })
    }
}

/// A login by a passkey that fails, with what was found for it.
private struct PasskeyFailure {
    let found: RegisteredKey?
    let challenge: UsedChallenge?
    let attempt: ThrottleReservation
}
