import Cryptography

/// What somebody wants to be changed of the own account, checked. What is `nil` stays.
public struct OwnAccountForm: Sendable {
    /// Present and new password.
    public typealias PasswordPair = (current: Password, new: Password)

    /// The display name.
    public let name: String?
    /// The given name; an inner `nil` takes it away.
    public let givenName: String??
    /// The family name; an inner `nil` takes it away.
    public let familyName: String??
    /// The passwords, where it is to be changed.
    public let passwords: PasswordPair?
    /// Whether all API tokens of the account end along with the old password.
    public let revokesTokens: Bool

    /// Checks all that was sent.
    ///
    /// - Parameters:
    ///   - email: the account's, which the password must not be.
    ///   - faults: what was found wrong already; a field named there is not reported as missing.
    /// - Throws: `AuthenticationError.invalidInput` with every fault, these included.
    public init(
        name: String? = nil, givenName: String?? = nil, familyName: String?? = nil, currentPassword: Password? = nil,
        newPassword: Password? = nil, revokesTokens: Bool? = nil, email: EmailAddress?, policy: PasswordPolicy,
        faults: [InputFault] = []
    ) throws(AuthenticationError) {
        var faults = faults
        self.name = name.flatMap { InputFault.requiredName($0, "name", &faults) }
        self.givenName = givenName.map { $0.flatMap { InputFault.optionalName($0, "given_name", &faults) } }
        self.familyName = familyName.map { $0.flatMap { InputFault.optionalName($0, "family_name", &faults) } }
        if let newPassword {
            faults += policy.faults(in: newPassword, email: email, "new_password")
            if currentPassword == nil { faults.noteMissing("current_password") }
            if let currentPassword, currentPassword.isEqual(to: newPassword) {
                faults.append(InputFault("new_password", .unchanged, "The new password is the present one."))
            }
        } else if currentPassword != nil || revokesTokens != nil {
            faults.noteMissing("new_password")
        }
        guard faults.isEmpty else { throw .invalidInput(faults) }
        self.revokesTokens = revokesTokens ?? false
        if let currentPassword, let newPassword {
            passwords = (currentPassword, newPassword)
        } else {
            passwords = nil
        }
    }
}

extension AuthenticationService {
    /// The caller's own account.
    ///
    /// - Throws: `.notFound`, `.store`.
    public func ownAccount(of caller: Caller) throws(AuthenticationError) -> Account {
        guard let id = caller.principal?.account,
            let account = try AuthenticationError.wrapping({ try store.account(id) })
        else { throw .notFound("such an account") }
        return account
    }

    /// Changes the caller's own account. Another password ends all sessions but the caller's, and all API tokens where
    /// that is asked for.
    ///
    /// - Throws: `.notFound`, `.wrongPresentPassword`, `.tooManyAttempts`, `.attemptsUnderWay`, `.overloaded`, `.store`,
    ///   `.cryptography`.
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
                // Given another password while this one was checked.
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

    private func newHash(
        for passwords: OwnAccountForm.PasswordPair, of account: Account, by caller: Caller
    ) throws(AuthenticationError) -> (verified: String, new: String) {
        let attempt = try reservePasswordChange(of: account.id, by: caller)
        defer { finish(attempt) }
        do throws(AuthenticationError) {
            let hashes = try AuthenticationError.wrapping {
                let stored = try store.passwordLookup(emailKey: account.email.key, decoySeed: 0)?.passwordHash
                let verification = try hasher.verify(passwords.current, against: stored)
                guard let stored, verification.matches else {
                    try store.append(
                        try event(
                            .loginFailed, by: caller, account: account.id, details: ["reason": "password_change"]))
                    throw AuthenticationError.wrongPresentPassword(
                        answeredAt: try answerTime(verification),
                        uncheckable: uncheckableHashes.note(account.id, verification))
                }
                return (verified: stored, new: try hasher.hash(passwords.new))
            }
            try release(attempt, succeeded: true)
            return hashes
        } catch {
            if !error.isWrongPassword { try release(attempt) }
            throw error
        }
    }
}

extension OwnAccountForm {
    fileprivate func apply(to account: inout Account) {
        if let name {
            // A user that has no name of its own has the account's.
            for index in account.users.indices where account.users[index].name == account.name {
                account.users[index].name = name
            }
            account.name = name
        }
        if let givenName { account.givenName = givenName }
        if let familyName { account.familyName = familyName }
    }
}
