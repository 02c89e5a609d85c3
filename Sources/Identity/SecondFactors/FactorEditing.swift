import Cryptography

extension AuthenticationService {
    /// Changes the second factors of an account by a rule that sees the present ones, in one transaction. The caller's
    /// session must still be there.
    ///
    /// - Parameter rule: returns the edit, or `nil` for none.
    /// - Returns: `false` if the rule wanted no change.
    /// - Throws: `.notFound`, `.credentialTaken`, `.store`, and the errors of the rule.
    func changeFactors(
        of account: Identifier<Account>, by caller: Caller,
        _ rule: (AccountFactors) throws(AuthenticationError) -> FactorEdit?
    ) throws(AuthenticationError) -> Bool {
        var course = RuleCourse()
        let outcome = try withStore { store throws(StoreError) in
            try store.changeFactors(of: account, by: caller.session) { present in
                course.edit { () throws(AuthenticationError) in try rule(present) }
            }
        }
        try course.end()
        switch outcome {
        case .changed: return true
        case .unchanged: return false
        case .notFound: throw .notFound("such a factor")
        case .credentialTaken: throw .credentialTaken
        case .keyRetired: throw keyring.map { .keys(.refused(.retired($0.inUse))) } ?? .keys(.none)
        }
    }

    /// Adds a second factor to an account. With the first one come recovery codes, and the account's other sessions
    /// end: whoever has one of them has proved one factor less.
    ///
    /// - Parameters:
    ///   - change: adds a factor, or confirms one.
    ///   - method: the method by which the caller's session has just proved it.
    /// - Returns: the recovery codes, which are not available later; `nil` if it is not the first factor.
    /// - Throws: `.tooManyFactors`, `.notFound`, `.credentialTaken`, `.keys`, `.store`, `.cryptography`.
    func add(
        _ change: FactorEdit.Change, _ factor: Identifier<Factor>, _ kind: Factor.Kind,
        to account: Identifier<Account>, by caller: Caller
    ) throws(AuthenticationError) -> [String]? {
        var codes: DrawnRecoveryCodes?
        while true {
            var isFirst = false
            let isAdded = try changeFactors(of: account, by: caller) { present throws(AuthenticationError) in
                guard present.factors.count < Factor.most else { throw .tooManyFactors }
                isFirst = present.factors.isEmpty
                // Drawn outside of the transaction, which must not call the store.
                if isFirst && codes == nil { return nil }
                var edit = FactorEdit(
                    change,
                    events: [
                        try event(
                            .factorAdded, by: caller, account: account, target: "\(factor)",
                            details: ["type": kind.rawValue])
                    ], ending: endings(by: caller, account: account))
                if isFirst {
                    edit.recoveryCodes = codes?.digests
                    edit.endedSessions = caller.session.map { .allBut($0) } ?? .all
                    edit.proof = FactorEdit.Proof(kind.method, at: clock.now())
                }
                return edit
            }
            if isAdded { return isFirst ? codes?.texts : nil }
            codes = try drawRecoveryCodes(of: account)
        }
    }

    /// Recovery codes of an account, with the digests by which the store has them.
    struct DrawnRecoveryCodes {
        let texts: [String]
        let digests: [[UInt8]]
    }

    /// Draws the recovery codes of an account.
    ///
    /// - Throws: `.keys`, `.store`, `.cryptography`.
    func drawRecoveryCodes(of account: Identifier<Account>) throws(AuthenticationError) -> DrawnRecoveryCodes {
        let codes = try withRandomness { random throws(CryptographyError) in try RecoveryCode.set(random: random) }
        return DrawnRecoveryCodes(
            texts: codes.map(\.text), digests: try recoveryCodeDigests(codes.map(\.digits), of: account))
    }
}

extension Caller {
    /// The session by which it calls; `nil` for none.
    var session: Identifier<Session>? {
        if case .session(let id) = principal?.credential { id } else { nil }
    }

    /// The principal, whose account is the one to act on.
    ///
    /// - Throws: `.notFound` for a caller without an account.
    func requirePrincipal() throws(AuthenticationError) -> Principal {
        guard let principal else { throw .notFound("such an account") }
        return principal
    }
}
