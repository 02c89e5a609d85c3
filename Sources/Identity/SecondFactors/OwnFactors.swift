// The second factors of the caller's own account.
extension AuthenticationService {
    /// The second factors of the caller's account, and the number of its recovery codes that are left.
    ///
    /// - Throws: `.notFound`, `.store`.
    public func ownFactors(of caller: Caller) throws(AuthenticationError) -> AccountFactors {
        try factors(of: caller.requirePrincipal().account)
    }

    /// The second factors of an account, and the number of its recovery codes that are left.
    ///
    /// - Throws: `.notFound`, `.store`.
    public func factors(of account: Identifier<Account>) throws(AuthenticationError) -> AccountFactors {
        let found = try withStore { store throws(StoreError) in try store.factors(of: account) }
        guard let found else { throw .notFound("an account \(account)") }
        return found
    }

    /// Gives a factor another name.
    ///
    /// - Parameter faults: the faults found so far.
    /// - Returns: the factor as it is now.
    /// - Throws: `.invalidInput`, `.notFound`, `.store`, `.cryptography`.
    public func renameFactor(
        _ id: Identifier<Factor>, to name: String?, faults: [InputFault] = [], by caller: Caller
    ) throws(AuthenticationError) -> Factor {
        var faults = faults
        let name = Factor.name(name, isRequired: true, &faults)
        guard faults.isEmpty, let name else { throw .invalidInput(faults) }
        let account = try caller.requirePrincipal().account
        var renamed: Factor?
        _ = try changeFactors(of: account, by: caller) { present throws(AuthenticationError) in
            guard let factor = present.factors.first(where: { $0.id == id }) else {
                throw .notFound("a factor \(id)")
            }
            renamed = factor.named(name)
            return FactorEdit(.rename(id, name), events: [], ending: endings(by: caller, account: account))
        }
        guard let renamed else { throw .notFound("a factor \(id)") }
        return renamed
    }

    /// Removes a factor, with which logins that wait for one end, and the trust in browsers. With the last one go the
    /// recovery codes.
    ///
    /// - Throws: `.reauthenticationRequired`, `.notFound`, `.lastFactor`, `.store`, `.cryptography`.
    public func removeFactor(_ id: Identifier<Factor>, by caller: Caller) throws(AuthenticationError) {
        let principal = try caller.requirePrincipal()
        try require(.high, isAlways: true, of: principal)
        let account = principal.account
        _ = try changeFactors(of: account, by: caller) { present throws(AuthenticationError) in
            let ending = endings(by: caller, account: account)
            // One that was never confirmed is no factor.
            if present.unconfirmed.contains(where: { $0.id == id }) {
                return FactorEdit(.remove(id), events: [], ending: ending)
            }
            guard let factor = present.factors.first(where: { $0.id == id }) else {
                throw .notFound("a factor \(id)")
            }
            let isLast = present.factors.count == 1
            if isLast, try policyBinds(principal) { throw .lastFactor }
            let event = try event(
                .factorRemoved, by: caller, account: account, target: "\(id)", details: ["type": factor.kind.rawValue])
            var edit = FactorEdit(.remove(id), events: [event], ending: ending)
            edit.endsLogins = true
            if isLast { edit.recoveryCodes = [] }
            return edit
        }
    }

    /// Makes new recovery codes; the old ones are void.
    ///
    /// - Returns: ten codes, which are not available later.
    /// - Throws: `.reauthenticationRequired`, `.noFactor`, `.keys`, `.notFound`, `.store`, `.cryptography`.
    public func renewRecoveryCodes(by caller: Caller) throws(AuthenticationError) -> [String] {
        let principal = try caller.requirePrincipal()
        try require(.high, isAlways: true, of: principal)
        let account = principal.account
        let drawn = try drawRecoveryCodes(of: account)
        _ = try changeFactors(of: account, by: caller) { present throws(AuthenticationError) in
            guard !present.factors.isEmpty else { throw .noFactor }
            let event = try event(.factorAdded, by: caller, account: account, target: "recovery_codes")
            var edit = FactorEdit(nil, events: [event], ending: endings(by: caller, account: account))
            edit.recoveryCodes = drawn.digests
            return edit
        }
        return drawn.texts
    }
}

extension Factor {
    /// The factor with another name.
    func named(_ name: String) -> Factor {
        Factor(
            id: id, account: account, kind: kind, name: name, createdAt: createdAt, lastUsedAt: lastUsedAt,
            isBackedUp: isBackedUp)
    }

    /// The name of a factor as it was given, checked; `nil` if there is none, or it is unusable. Faults are recorded.
    static func name(_ text: String?, isRequired: Bool = false, _ faults: inout [InputFault]) -> String? {
        let given =
            isRequired
            ? InputFault.requiredName(text, "name", &faults)
            : text.flatMap { InputFault.optionalName($0, "name", &faults) }
        guard let given else { return nil }
        guard given.unicodeScalars.count <= maximumNameLength else {
            faults.append(
                InputFault("name", .tooLong, "The name of a factor has at most \(maximumNameLength) characters."))
            return nil
        }
        return given
    }
}
