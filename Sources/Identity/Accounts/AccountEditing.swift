extension AuthenticationService {
    /// Changes an account by a rule that sees its present state, in one transaction.
    ///
    /// - Parameter rule: returns the change, or `nil` for none.
    /// - Returns: the account as it is now, or as it was before it was erased.
    /// - Throws: `.notFound`, `.lastOwner`, `.accountExists`, `.store`, and the errors of the rule.
    func change(
        _ subject: AccountSubject,
        _ rule: (Account, _ passwordHash: String?) throws(AuthenticationError) -> AccountEdit?
    ) throws(AuthenticationError) -> Account {
        var course = RuleCourse()
        var present: Account?
        let outcome = try withStore { store throws(StoreError) in
            try store.change(subject) { account, passwordHash in
                present = account
                return course.edit { () throws(AuthenticationError) in try rule(account, passwordHash) }
            }
        }
        try course.end()
        switch outcome {
        case .changed(let account): return account
        case .unchanged:
            guard let present else { throw .notFound("such an account") }
            return present
        case .notFound: throw .notFound("such an account")
        case .lastOwner: throw .lastOwner
        case .emailTaken: throw .accountExists
        }
    }

    /// A change by a caller that leaves an account as it is, to be edited.
    func change(of account: Account, by caller: Caller) -> AccountEdit {
        AccountEdit(account, events: [], ending: endings(by: caller, account: account.id))
    }

    /// True if a token of an account loses a scope that the account's roles granted before a change. Scopes that an
    /// operator gave it beyond those roles are ignored.
    static func losesPower(_ old: Account, _ new: Account) -> (APIToken) -> Bool {
        { token in
            let (before, after) = (old.scopes(in: token.organization), new.scopes(in: token.organization))
            return Scope.allCases.contains { token.scopes.grants($0) && before.grants($0) && !after.grants($0) }
        }
    }
}

extension Account {
    /// The scopes that its roles grant in an organization.
    fileprivate func scopes(in organization: Identifier<Organization>) -> ScopeSet {
        let user = user(in: organization)
        return installationRoles.union(user?.state == .active ? user?.roles ?? [] : []).sessionScopes
    }
}
