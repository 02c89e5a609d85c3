/// The properties of an API token to create, checked.
///
///     let form = try APITokenForm(name: "app", scopes: [.register, .login], roleCeiling: .appAdmin)
///     let (token, record) = try service.createAPIToken(form, by: caller)
public struct APITokenForm: Sendable, Equatable {
    /// The name, which states the token's purpose.
    public let name: String
    /// The scopes.
    public let scopes: ScopeSet
    /// The highest role of the account that counts; `nil` for no more than the scopes need.
    public let roleCeiling: Role?
    /// The end of validity; `nil` for the latest possible.
    public let validUntil: Timestamp?
    /// True if all other tokens of the account in the organization end.
    public let revokesExisting: Bool

    /// Checks the properties.
    ///
    /// - Parameters:
    ///   - scopes: `nil` if they are missing.
    ///   - faults: the faults found so far; their fields are not also reported as missing.
    /// - Throws: `AuthenticationError.invalidInput` with all faults, including `faults`.
    public init(
        name: String?, scopes: [Scope]?, roleCeiling: Role? = nil, validUntil: Timestamp? = nil,
        revokesExisting: Bool = false, faults: [InputFault] = []
    ) throws(AuthenticationError) {
        var faults = faults
        let name = InputFault.requiredName(name, "name", &faults)
        if scopes == nil { faults.noteMissing("scopes") }
        if let validUntil, !validUntil.isWritable {
            faults.append(InputFault("valid_until", .invalidFormat, Timestamp.formDetail))
        }
        guard faults.isEmpty, let name else { throw .invalidInput(faults) }
        self.name = name
        self.scopes = ScopeSet(scopes ?? [])
        self.roleCeiling = roleCeiling
        self.validUntil = validUntil
        self.revokesExisting = revokesExisting
    }

    /// The ceiling of the token: the requested one, otherwise no more than its scopes need.
    ///
    /// - Parameters:
    ///   - own: the roles of its account.
    ///   - maker: the roles of its maker.
    func ceiling(own: RoleSet, maker: RoleSet) -> Role {
        if let roleCeiling { return roleCeiling }
        if scopes.grants(.admin) { return own.highest ?? .appGuest }
        let usual: Role = scopes.grants(.accountsWrite) ? .appAdmin : .appMember
        return maker.capped(at: usual).highest ?? .appGuest
    }

    /// The end of validity of the token.
    ///
    /// - Parameters:
    ///   - makersEnd: the end of the token that makes it, if that has one.
    ///   - maximumLifetime: the maximum in seconds; `nil` for no limit.
    /// - Throws: `.invalidInput` if the requested end is in the past or too late.
    func end(
        makersEnd: Timestamp?, maximumLifetime: Int64?, at now: Timestamp
    ) throws(AuthenticationError) -> Timestamp? {
        let settingsEnd = maximumLifetime.map { now + $0 }
        guard let end = validUntil else { return [makersEnd, settingsEnd].compactMap(\.self).min() }
        let fault: String? =
            if end <= now {
                "This lies in the past."
            } else if let makersEnd, end > makersEnd {
                "The token that makes it is valid until \(makersEnd) only."
            } else if let settingsEnd, end > settingsEnd {
                "A new token is valid until \(settingsEnd) at the most."
            } else {
                nil
            }
        if let fault { throw .invalidInput([InputFault("valid_until", .outOfRange, fault)]) }
        return end
    }
}
