import Cryptography

/// The answer of somebody who proves a second factor.
public enum SecondFactorAnswer: Sendable {
    /// A code of a TOTP generator.
    case totp(String)
    /// A recovery code.
    case recoveryCode(String)
    /// An assertion by a passkey or security key, with the options that were given out for it; `nil` if there are
    /// none any more.
    case assertion(WebAuthn.AuthenticationResponse, WebAuthn.RequestOptions?)

    /// A code of which nothing tells whether it is a generator's or a recovery code: by its length.
    public init(code: String) {
        self = RecoveryCode(code) == nil ? .totp(code) : .recoveryCode(code)
    }

    /// The method.
    public var method: SecondFactorMethod {
        switch self {
        case .totp: .totp
        case .recoveryCode: .recoveryCode
        case .assertion: .passkey
        }
    }
}

/// The reason for which an answer does not prove a second factor. It is for log and audit alone.
public enum FactorRefusal: String, Sendable, Equatable {
    case wrongCode = "wrong_code"
    case usedCode = "used_code"
    case unknownKey = "unknown_key"
    case badAssertion = "bad_assertion"
    case counterWentBack = "counter_went_back"
    case noChallenge = "no_challenge"
}

extension AuthenticationService {
    /// Checks an answer against the second factors of an account. Nothing is written: the use counts once `apply` has
    /// noted it in the transaction of what it is for.
    ///
    /// A wrong answer takes the same work whether it is wrong, was used before, or names a key that is not there.
    ///
    /// - Throws: `.invalidFactor`, `.keys`, `.cryptography`, `.store`.
    func check(
        _ answer: SecondFactorAnswer, against material: FactorMaterial
    ) throws(AuthenticationError) -> FactorUse {
        switch answer {
        case .totp(let code): try check(totp: code, against: material)
        case .recoveryCode(let code): try check(recoveryCode: code, against: material)
        case .assertion(let response, let options): try check(response, of: options, against: material.keys)
        }
    }

    private func check(
        totp code: String, against material: FactorMaterial
    ) throws(AuthenticationError) -> FactorUse {
        var refusal = FactorRefusal.wrongCode
        // All are opened before any is asked: else a wrong guess at the first would end by the second, for want of its
        // key, and count as none.
        let opened = try material.generators.map { generator throws(AuthenticationError) in
            (generator, try self.opened(generator, of: material.account))
        }
        for (generator, totp) in opened {
            let now = clock.now().secondsSince1970
            let step = try withRandomness { _ throws(CryptographyError) in try totp.step(of: code, at: now) }
            guard let step else { continue }
            guard step > generator.lastStep ?? -1 else {
                refusal = .usedCode
                continue
            }
            return FactorUse(.totp(generator.id, step: step))
        }
        throw .invalidFactor(refusal, account: material.account)
    }

    /// The generator with its secret in clear.
    private func opened(
        _ generator: FactorMaterial.Generator, of account: Identifier<Account>
    ) throws(AuthenticationError) -> TOTP {
        let secret = try withKeys { keys throws(KeyError) in
            try keys.open(
                generator.sealed, for: .totpSecret, of: SealedRow.Owner.factor(generator.id, account: account).subject)
        }
        guard let totp = TOTP(secret: secret) else { throw .keys(.refused(.damaged)) }
        return totp
    }

    private func check(
        recoveryCode text: String, against material: FactorMaterial
    ) throws(AuthenticationError) -> FactorUse {
        let digest = try recoveryCodeDigest(text, of: material.account)
        var found: [UInt8]?
        for stored in material.recoveryCodes where constantTimeEqual(stored, digest) { found = stored }
        guard let found else { throw .invalidFactor(.wrongCode, account: material.account) }
        return FactorUse(.recoveryCode(found))
    }

    private func check(
        _ response: WebAuthn.AuthenticationResponse, of options: WebAuthn.RequestOptions?,
        against keys: [FactorMaterial.Key]
    ) throws(AuthenticationError) -> FactorUse {
        let key = keys.first { $0.credential.id == response.credentialID }
        return try check(response, of: options, by: key, account: nil)
    }

    /// Checks an assertion by a key, or burns the same work if there is none.
    func check(
        _ response: WebAuthn.AuthenticationResponse, of options: WebAuthn.RequestOptions?,
        by key: FactorMaterial.Key?, account: Identifier<Account>?
    ) throws(AuthenticationError) -> FactorUse {
        guard let key, let options else {
            WebAuthn.burnAssertion(response, of: options)
            throw .invalidFactor(key == nil ? .unknownKey : .noChallenge, account: account)
        }
        let assertion: WebAuthn.Assertion
        do throws(WebAuthnError) {
            assertion = try WebAuthn.verifyAssertion(response, of: options, by: key.credential)
        } catch {
            // One that failed before its signature was looked at takes as long as one that failed by it.
            if !error.isOfSignature { WebAuthn.burnAssertionWork(response) }
            throw .invalidFactor(.badAssertion, account: account)
        }
        // Two authenticators have a key whose counter went back; one that may be backed up has perhaps no counter to go
        // by. That is what its registration said: whoever has copied a key could say it now.
        if case .wentBack = assertion.counter, !key.isBackupEligible {
            throw .invalidFactor(.counterWentBack, account: account)
        }
        return FactorUse(.assertion(key.id, assertion))
    }

    /// Adds an entry of its own to the audit log where a key was refused because two authenticators have it.
    func note(
        _ refusal: FactorRefusal, ofKey key: Identifier<Factor>?, of account: Identifier<Account>,
        on server: StoreServer?, by caller: Caller
    ) throws(AuthenticationError) {
        guard refusal == .counterWentBack else { return }
        try append(
            try event(.passkeyCounterWentBack, by: caller, account: account, target: key.map { "\($0)" }), on: server)
    }
}

extension FactorMaterial {
    /// The key that an answer names, if the account has it; `nil` for a code.
    func key(of answer: SecondFactorAnswer) -> Identifier<Factor>? {
        guard case .assertion(let response, _) = answer else { return nil }
        return keys.first { $0.credential.id == response.credentialID }?.id
    }
}
