import Cryptography

/// A generator of one-time codes whose set-up has begun.
public struct BegunGenerator: Sendable {
    /// The identifier of the factor that it becomes.
    public let id: Identifier<Factor>
    /// The secret in Base32, for people who cannot scan it. It is not available later.
    public let secret: String
    /// The address that hands the secret to an authenticator app, mostly as a QR code.
    public let uri: String
    /// The time until which it has to be confirmed; `nil` for one that counts already.
    public let expiresAt: Timestamp?
}

// The set-up of generators of one-time codes (RFC 6238).
extension AuthenticationService {
    /// The seconds for which a set-up may take.
    private static let setUpTime: Int64 = 600
    /// The name of a generator that got none.
    private static let generatorName = "Authenticator app"

    /// Begins the set-up of a generator, in the place of one that was begun before. It counts for nothing until it is
    /// confirmed.
    ///
    /// - Throws: `.reauthenticationRequired`, `.secondFactorsOff`, `.tooManyFactors`, `.keys`, `.notFound`,
    ///   `.store`, `.cryptography`.
    public func beginGenerator(by caller: Caller) throws(AuthenticationError) -> BegunGenerator {
        let principal = try caller.requirePrincipal()
        try require(.high, isAlways: true, of: principal)
        try requireEnrolment()
        let expiresAt = clock.now() + Self.setUpTime
        let (begun, new) = try drawGenerator(of: principal.account, email: principal.email, expiresAt: expiresAt)
        _ = try changeFactors(of: principal.account, by: caller) { present throws(AuthenticationError) in
            guard present.factors.count < Factor.most else { throw .tooManyFactors }
            return FactorEdit(
                .addGenerator(new), events: [], ending: endings(by: caller, account: principal.account))
        }
        return begun
    }

    /// Confirms the set-up of a generator by a code of it, which counts as used: it logs nobody in. Wrong codes are
    /// throttled like those at a login.
    ///
    /// - Returns: the factor, and the recovery codes if it is the first one; they are not available later.
    /// - Throws: `.reauthenticationRequired`, `.secondFactorsOff`, `.notFound`, `.invalidFactor`, `.tooManyAttempts`,
    ///   `.tooManyFactors`, `.keys`, `.store`, `.cryptography`.
    public func confirmGenerator(
        _ id: Identifier<Factor>, code: String, by caller: Caller
    ) throws(AuthenticationError) -> (factor: Factor, recoveryCodes: [String]?) {
        let principal = try caller.requirePrincipal()
        try require(.high, isAlways: true, of: principal)
        try requireEnrolment()
        let (account, now) = (principal.account, clock.now())
        let generator = try withStore { store throws(StoreError) in
            try store.unconfirmedGenerator(id, of: account, at: now)
        }
        // Read ahead of the change, and not behind it: the recovery codes come with the answer alone.
        let factor = try factors(of: account).unconfirmed.first { $0.id == id }?.factor
        guard let generator, let factor else { throw .notFound("a generator \(id) to confirm") }
        let attempt = try reserveSecondFactor(
            of: account, emailKey: EmailAddress.lookupKey(principal.email), by: caller)
        defer { finish(attempt) }
        let step = try trying(attempt) { isRight throws(AuthenticationError) in
            let step = try provenStep(of: code, by: generator, of: account, attempt, by: caller)
            isRight = true
            try release(attempt)
            return step
        }
        return (factor, try add(.confirm(id, step: step), id, .totp, to: account, by: caller))
    }

    /// Adds a generator to an account for an operator, who hands the secret on. It counts at once.
    ///
    /// - Returns: the generator, and the recovery codes if it is the first factor; they are not available later.
    /// - Throws: `.secondFactorsOff`, `.tooManyFactors`, `.keys`, `.notFound`, `.store`, `.cryptography`.
    public func addGenerator(
        to account: Account
    ) throws(AuthenticationError) -> (generator: BegunGenerator, recoveryCodes: [String]?) {
        try requireEnrolment()
        let (begun, new) = try drawGenerator(of: account.id, email: account.email.address, expiresAt: nil)
        let codes = try add(.addGenerator(new), begun.id, .totp, to: account.id, by: .operator)
        return (begun, codes)
    }

    /// The step of the code of a generator.
    private func provenStep(
        of code: String, by generator: FactorMaterial.Generator, of account: Identifier<Account>,
        _ attempt: ThrottleReservation, by caller: Caller
    ) throws(AuthenticationError) -> Int64 {
        let material = FactorMaterial(
            account: account, generators: [generator], keys: [], recoveryCodes: [], lastMethod: [])
        do throws(AuthenticationError) {
            let use = try check(.totp(code), against: material)
            if case .totp(_, let step) = use.trace { return step }
            throw .invalidFactor(.wrongCode, account: account)
        } catch {
            if case .invalidFactor(let refusal, _) = error {
                let details = ["reason": refusal.rawValue, "method": SecondFactorMethod.totp.rawValue]
                try append(
                    try event(
                        .factorFailed, by: caller, account: account, target: "\(generator.id)", details: details),
                    on: attempt.server)
            }
            throw error
        }
    }

    private func drawGenerator(
        of account: Identifier<Account>, email: String, expiresAt: Timestamp?
    ) throws(AuthenticationError) -> (BegunGenerator, NewGenerator) {
        let id: Identifier<Factor> = try newIdentifier()
        let totp = try withRandomness { random throws(CryptographyError) in try TOTP(random: random) }
        let secret = try withKeys { keys throws(KeyError) in
            SealedValue(
                bytes: try keys.seal(
                    totp.secret, for: .totpSecret, of: SealedRow.Owner.factor(id, account: account).subject,
                    random: random),
                key: keys.inUse)
        }
        let factor = Factor(
            id: id, account: account, kind: .totp, name: Self.generatorName, createdAt: clock.now())
        let uri = totp.uri(issuer: relyingParty?.name ?? "Postern", account: email)
        return (
            BegunGenerator(id: id, secret: totp.secretText, uri: uri, expiresAt: expiresAt),
            NewGenerator(factor: factor, secret: secret, expiresAt: expiresAt)
        )
    }
}
