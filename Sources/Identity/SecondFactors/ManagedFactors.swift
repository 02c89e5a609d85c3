// The second factors of an account, for its administrators.
extension AuthenticationService {
    /// The second factors of an account, and the number of its recovery codes that are left. It takes the right to act
    /// on the account: they tell what somebody has to steal.
    ///
    /// - Throws: `.notFound`, `.accountAboveOwn`, `.store`.
    public func managedFactors(
        of id: Identifier<Account>, by caller: Caller
    ) throws(AuthenticationError) -> AccountFactors {
        try require(caller, mayManage: id)
        return try factors(of: id)
    }

    /// Removes all second factors of an account with its recovery codes, for somebody who has lost them. Its sessions
    /// end, and so do logins that wait for a second factor, and the trust in browsers.
    ///
    /// If the account's home does so, its users elsewhere become inactive, as with a reset of the password.
    ///
    /// - Throws: `.notFound`, `.accountAboveOwn`, `.ownAccount`, `.reauthenticationRequired`, `.store`,
    ///   `.cryptography`.
    public func resetFactors(of id: Identifier<Account>, by caller: Caller) throws(AuthenticationError) {
        _ = try change(.account(id)) { account, _ throws(AuthenticationError) in
            guard caller.view(of: account) != nil else { throw .notFound("an account \(id)") }
            try caller.require(isNotOwn: account)
            try caller.require(mayActOn: account)
            // Behind the rights, so that a session that is too old learns nothing.
            if let principal = caller.principal { try require(.high, isAlways: true, of: principal) }
            var change = change(of: account, by: caller)
            change.removesFactors = true
            change.endedSessions = .all
            change.events = [
                try event(
                    .factorRemoved, by: caller, account: id, organization: account.home, details: ["reason": "reset"])
            ]
            if !caller.administersInstallation {
                try suspendElsewhere(&change, because: .factorRemoved, by: caller)
            }
            return change
        }
    }
}
