import Cryptography

extension AuthenticationService {
    /// The caller's own account.
    ///
    /// - Throws: `.notFound`, `.store`.
    public func ownAccount(of caller: Caller) throws(AuthenticationError) -> Account {
        guard let id = caller.principal?.account,
            let account = try withStore({ store throws(StoreError) in try store.account(id) })
        else { throw .notFound("such an account") }
        return account
    }

    /// Changes the caller's own account. A new password ends all sessions but the caller's, and all API tokens if the
    /// form says so.
    ///
    /// - Throws: `.notFound`, `.wrongPresentPassword`, `.tooManyAttempts`, `.attemptsUnderWay`, `.overloaded`,
    ///   `.store`, `.cryptography`.
    public func updateOwnAccount(
        _ form: OwnAccountForm, by caller: Caller
    ) throws(AuthenticationError) -> Account {
        let present = try ownAccount(of: caller)
        let hashes = try form.passwords.map { pair throws(AuthenticationError) in
            try newHash(for: pair, of: present, by: caller)
        }
        return try change(.account(present.id)) { account, passwordHash throws(AuthenticationError) in
            var change = change(of: account, by: caller)
            form.apply(to: &change.account)
            if change.account != account {
                change.events.append(try event(.accountChanged, by: caller, account: account.id))
            }
            if let hashes {
                // The password may have been changed while this one was checked.
                guard passwordHash == hashes.verified else { throw .wrongPresentPassword() }
                change.passwordHash = hashes.new
                change.account.mustChangePassword = false
                if case .session(let id) = caller.principal?.credential { change.endedSessions = .allBut(id) }
                if form.revokesTokens { change.endsAPIToken = { _ in true } }
                change.events.append(try event(.passwordChanged, by: caller, account: account.id))
            }
            return change.events.isEmpty ? nil : change
        }
    }

    /// Checks the current password and hashes the new one, as an attempt that the throttle counts.
    private func newHash(
        for passwords: OwnAccountForm.PasswordPair, of account: Account, by caller: Caller
    ) throws(AuthenticationError) -> (verified: String, new: String) {
        let attempt = try reservePasswordChange(of: account.id, by: caller)
        defer { finish(attempt) }
        let stored = try preparing(attempt) { () throws(AuthenticationError) in
            try withStore { store throws(StoreError) in
                try store.passwordLookup(emailKey: account.email.key, decoySeed: 0)?.passwordHash
            }
        }
        return try trying(attempt) { isRight throws(AuthenticationError) in
            let verification = try withHasher { hasher throws(PasswordHasher.Failure) in
                try hasher.verify(passwords.current, against: stored)
            }
            guard let stored, verification.matches else {
                try append(
                    try event(.loginFailed, by: caller, account: account.id, details: ["reason": "password_change"]),
                    on: attempt.server)
                throw .wrongPresentPassword(
                    answeredAt: try answerTime(verification),
                    uncheckable: uncheckableHashes.note(account.id, verification))
            }
            isRight = true
            let new = try withHasher { hasher throws(PasswordHasher.Failure) in try hasher.hash(passwords.new) }
            // If the store says that it was not done, `trying` gives the attempt back without noting a success.
            try release(attempt, succeeded: true)
            return (stored, new)
        }
    }
}
