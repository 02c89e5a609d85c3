extension AuthenticationService {
    /// The account with this email address or identifier.
    ///
    /// - Throws: `.notFound`, `.store`.
    public func account(named name: String) throws(AuthenticationError) -> Account {
        let account = try AuthenticationError.wrapping {
            if let id = Identifier<Account>(name) { return try store.account(id) }
            return try store.account(emailKey: EmailAddress.lookupKey(name))
        }
        guard let account else { throw .notFound("an account \(name)") }
        return account
    }

    /// Changes an account as a rule decides that sees its present state, while nobody else changes anything.
    ///
    /// - Returns: the account as it is now, or as it was before it was erased.
    /// - Throws: `.notFound`, `.lastOwner`, `.store`, and what the rule throws.
    func change(
        _ subject: AccountSubject,
        _ rule: (Account, _ passwordHash: String?) throws(AuthenticationError) -> AccountEdit?
    ) throws(AuthenticationError) -> Account {
        var refusal: AuthenticationError?
        var present: Account?
        let outcome: AccountEdit.Outcome
        do throws(StoreError) {
            outcome = try store.change(subject) { account, passwordHash in
                present = account
                do throws(AuthenticationError) {
                    return try rule(account, passwordHash)
                } catch {
                    refusal = error
                    return nil
                }
            }
        } catch {
            throw .store(error)
        }
        if let refusal { throw refusal }
        switch outcome {
        case .changed(let account): return account
        case .unchanged:
            guard let present else { throw .notFound("such an account") }
            return present
        case .notFound: throw .notFound("such an account")
        case .lastOwner: throw .lastOwner
        }
    }

    /// Whether a token of an account was good for something that the account's roles stood for, and stand for no longer.
    /// What an operator gave it beyond those roles is not looked at.
    static func losesPower(_ old: Account, _ new: Account) -> (APIToken) -> Bool {
        { token in
            let (before, after) = (old.scopes(in: token.organization), new.scopes(in: token.organization))
            return Scope.allCases.contains { token.scopes.grants($0) && before.grants($0) && !after.grants($0) }
        }
    }

    /// A change of an account that a caller makes.
    func change(of account: Account, by caller: Caller) -> AccountEdit {
        AccountEdit(account, events: [], ending: endings(by: caller, account: account.id))
    }
}

extension Account {
    /// What its roles stand for in an organization.
    fileprivate func scopes(in organization: Identifier<Organization>) -> ScopeSet {
        let user = user(in: organization)
        return installationRoles.union(user?.state == .active ? user?.roles ?? [] : []).sessionScopes
    }
}
