import Cryptography

extension AuthenticationService {
    /// The random bytes of a generated password: 112 bits in 20 digits of base62.
    private static let generatedPasswordBytes = 14
    private static let generatedPasswordDigits = 20

    /// Sets a new random password, which must be changed at the next login, ends the account's sessions and revokes its
    /// API tokens.
    ///
    /// If the account's home does so, its users elsewhere become inactive: a holder of the password can't act there.
    ///
    /// - Returns: the password, which is not available later.
    /// - Throws: `.notFound`, `.accountAboveOwn`, `.ownAccount`, `.overloaded`, `.store`, `.cryptography`.
    public func resetPassword(
        of id: Identifier<Account>, by caller: Caller
    ) throws(AuthenticationError) -> String {
        let present = try withStore { store throws(StoreError) in try store.account(id) }
        guard let present, caller.view(of: present) != nil else { throw .notFound("an account \(id)") }
        // Checked before the hash, so that only a caller with the right causes that work, and again in the transaction.
        try caller.require(isNotOwn: present)
        try caller.require(mayActOn: present)
        let password = try withRandomness { random throws(CryptographyError) in
            var bytes = try random.bytes(Self.generatedPasswordBytes)
            return Base62.encode(&bytes, digits: Self.generatedPasswordDigits)
        }
        let passwordHash = try withHasher { hasher throws(PasswordHasher.Failure) in
            try hasher.hash(Password(utf8: Array(password.utf8)))
        }
        _ = try change(.account(id)) { account, _ throws(AuthenticationError) in
            try caller.require(mayActOn: account)
            var change = change(of: account, by: caller)
            change.passwordHash = passwordHash
            change.account.mustChangePassword = true
            change.endedSessions = .all
            change.endsAPIToken = { _ in true }
            change.events = [try event(.passwordReset, by: caller, account: id, organization: account.home)]
            if !caller.administersInstallation { try suspendElsewhere(&change, because: .passwordReset, by: caller) }
            return change
        }
        return password
    }

    /// Makes the users of an account inactive in all organizations but its home.
    func suspendElsewhere(
        _ change: inout AccountEdit, because reason: AuditEvent.Kind, by caller: Caller
    ) throws(AuthenticationError) {
        for (index, user) in change.account.users.enumerated()
        where user.organization != change.account.home && user.state == .active {
            change.account.users[index].state = .inactive
            change.events.append(
                try event(
                    .userStateChanged, by: caller, account: user.account, target: "\(user.id)",
                    organization: user.organization,
                    details: ["to": Account.State.inactive.rawValue, "reason": reason.rawValue]))
        }
    }
}
