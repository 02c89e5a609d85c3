import Cryptography

// The registration of passkeys and security keys (WebAuthn, section 7.1).
extension AuthenticationService {
    /// The options for a new passkey or security key, whose challenge the session keeps for five minutes. No
    /// authenticator that has a key of the account makes another one.
    ///
    /// - Throws: `.reauthenticationRequired`, `.secondFactorsOff`, `.noPublicURL`, `.tooManyFactors`, `.notFound`,
    ///   `.store`, `.cryptography`.
    public func registrationOptions(
        for usage: WebAuthn.Usage, by caller: Caller
    ) throws(AuthenticationError) -> WebAuthn.CreationOptions {
        let (principal, session) = try requireKeyEnrolment(by: caller)
        let present = try factors(of: principal.account)
        guard present.factors.count < Factor.most else { throw .tooManyFactors }
        let ceremony = Ceremony(
            purpose: .enrolment,
            challenge: try withRandomness { random throws(CryptographyError) in
                try random.bytes(WebAuthn.challengeLength)
            }, usage: usage, expiresAt: clock.now() + WebAuthn.timeout)
        let options = try options(of: ceremony, usage, by: caller)
        let isKept = try withStore { store throws(StoreError) in try store.put(ceremony, of: session) }
        guard isKept else { throw .notFound("the session \(session)") }
        return options
    }

    /// Adds the passkey or security key of an answer to these options, which is the only one that they have.
    ///
    /// - Parameters:
    ///   - name: the name that its owner gives it; `nil` for one of ours.
    ///   - faults: the faults found so far.
    /// - Returns: the factor, and the recovery codes if it is the first one; they are not available later.
    /// - Throws: `.reauthenticationRequired`, `.secondFactorsOff`, `.noPublicURL`, `.invalidInput`,
    ///   `.invalidRegistration`, `.credentialTaken`, `.tooManyFactors`, `.keys`, `.notFound`, `.store`,
    ///   `.cryptography`.
    public func register(
        _ response: WebAuthn.RegistrationResponse?, name: String?, faults: [InputFault] = [], by caller: Caller
    ) throws(AuthenticationError) -> (factor: Factor, recoveryCodes: [String]?) {
        let (principal, session) = try requireKeyEnrolment(by: caller)
        var faults = faults
        let name = Factor.name(name, &faults)
        if response == nil { faults.noteMissing("credential") }
        guard faults.isEmpty, let response else { throw .invalidInput(faults) }
        let ceremony = try withStore { store throws(StoreError) in try store.takeCeremony(.enrolment, of: session) }
        guard let ceremony, let usage = ceremony.usage, ceremony.expiresAt > clock.now() else {
            throw .invalidRegistration(reason: FactorRefusal.noChallenge.rawValue)
        }
        let credential = try verify(response, of: options(of: ceremony, usage, by: caller))
        let kind: Factor.Kind = usage == .passkey ? .passkey : .securityKey
        let factor = Factor(
            id: try newIdentifier(), account: principal.account, kind: kind, name: name ?? kind.ownName,
            createdAt: clock.now(), isBackedUp: credential.isBackedUp)
        let codes = try add(.addKey(factor, credential), factor.id, kind, to: principal.account, by: caller)
        return (factor, codes)
    }

    /// The caller with its session, if it may add a key.
    private func requireKeyEnrolment(
        by caller: Caller
    ) throws(AuthenticationError) -> (Principal, Identifier<Session>) {
        let principal = try caller.requirePrincipal()
        guard let session = caller.session else { throw .notFound("a session") }
        try require(.high, isAlways: true, of: principal)
        try requireEnrolment()
        guard relyingParty != nil else { throw .noPublicURL }
        return (principal, session)
    }

    /// The options with the challenge of a session.
    private func options(
        of ceremony: Ceremony, _ usage: WebAuthn.Usage, by caller: Caller
    ) throws(AuthenticationError) -> WebAuthn.CreationOptions {
        guard let relyingParty else { throw .noPublicURL }
        let account = try ownAccount(of: caller)
        let drawn = try withRandomness { random throws(CryptographyError) in
            try WebAuthn.UserHandle(random: random)
        }
        let (handle, material) = try withStore { store throws(StoreError) in
            (try store.userHandle(of: account.id, orElse: drawn), try store.factorMaterial(of: account.id))
        }
        guard let handle, let material else { throw .notFound("an account \(account.id)") }
        return WebAuthn.CreationOptions(
            relyingParty,
            user: WebAuthn.User(handle: handle, name: account.email.address, displayName: account.name),
            challenge: ceremony.challenge, usage: usage, excluded: material.keys.map(\.descriptor))
    }

    private func verify(
        _ response: WebAuthn.RegistrationResponse, of options: WebAuthn.CreationOptions
    ) throws(AuthenticationError) -> WebAuthn.NewCredential {
        do throws(WebAuthnError) {
            return try WebAuthn.verifyRegistration(response, of: options)
        } catch {
            if case .excludedCredential = error { throw .credentialTaken }
            throw .invalidRegistration(reason: error.cause)
        }
    }
}

extension Factor.Kind {
    /// The name of a factor that got none.
    fileprivate var ownName: String {
        switch self {
        case .totp: "Authenticator app"
        case .passkey: "Passkey"
        case .securityKey: "Security key"
        }
    }
}
