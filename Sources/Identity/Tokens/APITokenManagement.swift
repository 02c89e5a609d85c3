/// What somebody asks for who makes an API token, checked.
public struct APITokenForm: Sendable, Equatable {
    /// What it is for.
    public let name: String
    /// What it may be used for.
    public let scopes: ScopeSet
    /// The highest role of its account that counts for it; `nil` for the usual one.
    public let roleCeiling: Role?
    /// From when on it counts no longer; `nil` for never.
    public let validUntil: Timestamp?
    /// Whether all other tokens of the account in the organization end.
    public let revokesExisting: Bool

    /// Checks all that was sent.
    ///
    /// - Parameters:
    ///   - scopes: the names; `nil` for one that is wrong already, which keeps the places of the others.
    ///   - roleCeiling: the name; `nil` for the usual one.
    ///   - validUntil: a moment as RFC 3339 has it.
    ///   - faults: what was found wrong already; a field named there is not reported as missing.
    /// - Throws: `AuthenticationError.invalidInput` with every fault, these included.
    public init(
        name: String?, scopes: [String?]?, roleCeiling: String? = nil, validUntil: String?,
        revokesExisting: Bool = false, faults: [InputFault] = []
    ) throws(AuthenticationError) {
        var faults = faults
        let name = InputFault.requiredName(name, "name", &faults)
        if scopes == nil { faults.noteMissing("scopes") }
        var granted: [Scope] = []
        for case (let index, let name?) in (scopes ?? []).enumerated() {
            if let scope = Scope(named: name) {
                granted.append(scope)
            } else {
                faults.append(InputFault("scopes/\(index)", .unknownScope, "There is no such scope."))
            }
        }
        let ceiling = Role(optional: roleCeiling, "role_ceiling", &faults)
        let end = Timestamp(optional: validUntil, "valid_until", &faults)
        guard faults.isEmpty, let name else { throw .invalidInput(faults) }
        self.name = name
        self.scopes = ScopeSet(granted)
        self.roleCeiling = ceiling
        self.validUntil = end
        self.revokesExisting = revokesExisting
    }

    /// The ceiling that the token gets: the one that was asked for, else no more than its scopes need.
    ///
    /// - Parameters:
    ///   - own: the roles of its account.
    ///   - maker: the roles of who makes it.
    fileprivate func ceiling(own: RoleSet, maker: RoleSet) -> Role {
        if let roleCeiling { return roleCeiling }
        if scopes.grants(.admin) { return own.highest ?? .appGuest }
        let usual: Role = scopes.grants(.accountsWrite) ? .appAdmin : .appMember
        return maker.capped(at: usual).highest ?? .appGuest
    }
}

extension AuthenticationService {
    /// A token that has just been made: the only moment in which it is known.
    public typealias NewAPIToken = (token: BearerToken, record: APIToken)

    /// Makes an API token of the caller's own account, in the organization in which the caller acts.
    ///
    /// It gets no scope that the caller lacks and no ceiling above the caller's roles, and where the caller is a token that
    /// ends, it ends no later. One for which no end is asked gets the latest that it may have.
    ///
    /// - Throws: `.invalidInput`, `.scopeNotGrantable`, `.roleNotGrantable`, `.organizationForbidden`, `.store`,
    ///   `.cryptography`.
    public func createAPIToken(_ form: APITokenForm, by caller: Caller) throws(AuthenticationError) -> NewAPIToken {
        // Who acts there without being a member has no user whose token it could be.
        guard let principal = caller.principal, let membership = principal.membership, membership.user != nil else {
            throw .organizationForbidden
        }
        guard form.scopes.scopes.allSatisfy(principal.has) else { throw .scopeNotGrantable(principal.scopes) }
        let ceiling = form.ceiling(own: principal.roles, maker: principal.roles)
        try caller.require(mayGrant: RoleSet([ceiling]))
        return try add(
            form, ceiling: ceiling, makersEnd: principal.isSession ? nil : principal.expiresAt, to: principal.account,
            in: membership.organization, by: caller)
    }

    /// Makes an API token for an operator, who may give every scope and ceiling.
    ///
    /// - Parameters:
    ///   - account: email address or identifier of the account for which it acts.
    ///   - organization: slug or identifier of the organization in which it acts; `nil` for the account's oldest.
    /// - Throws: `.invalidInput`, `.notFound`, `.store`, `.cryptography`.
    public func createAPIToken(
        _ form: APITokenForm, for account: String, in organization: String?
    ) throws(AuthenticationError) -> NewAPIToken {
        let account = try self.account(named: account)
        let user = try AuthenticationError.wrapping {
            guard let organization else { return account.users.first }
            return try store.organization(organization).flatMap { account.user(in: $0.id) }
        }
        guard let user else {
            throw .notFound("a user of \(account.email)\(organization.map { " in the organization \($0)" } ?? "")")
        }
        let ceiling = form.ceiling(
            own: account.installationRoles.union(user.roles).effective, maker: Caller.operator.roles)
        return try add(
            form, ceiling: ceiling, makersEnd: nil, to: account.id, in: user.organization, by: .operator)
    }

    private func add(
        _ form: APITokenForm, ceiling: Role, makersEnd: Timestamp?, to account: Identifier<Account>,
        in organization: Identifier<Organization>, by caller: Caller
    ) throws(AuthenticationError) -> NewAPIToken {
        let now = clock.now()
        let validUntil = try end(of: form, makersEnd: makersEnd, at: now)
        return try AuthenticationError.wrapping {
            let token = try BearerToken(.api, random: random)
            let record = APIToken(
                id: try Identifier(random: random), tokenHash: token.hash, name: form.name, account: account,
                organization: organization, scopes: form.scopes, roleCeiling: ceiling, createdAt: now,
                validUntil: validUntil)
            let event = try event(
                .tokenCreated, by: caller, account: account, target: "\(record.id)", organization: organization,
                details: ["scopes": form.scopes.names.joined(separator: " "), "role_ceiling": ceiling.rawValue])
            let isMade = try store.insert(
                record, maker: caller.principal?.credentialID,
                mayHave: { roles in
                    guard let principal = caller.principal else { return true }
                    guard roles.capped(at: principal.roleCeiling).effective.mayGrant(RoleSet([ceiling])) else {
                        return false
                    }
                    // The scopes that a token may give do not depend on roles: it ends where they change to less.
                    return !principal.isSession || form.scopes.scopes.allSatisfy(roles.sessionScopes.grants)
                },
                event: event,
                revoked: form.revokesExisting
                    ? endings(by: caller, account: account, organization: organization) : nil)
            // Deactivated, revoked or given other roles since the caller was authenticated.
            guard isMade else { throw AuthenticationError.organizationForbidden }
            return (token, record)
        }
    }

    /// From when on a new token counts no longer: as it is asked for, else as late as may be.
    private func end(
        of form: APITokenForm, makersEnd: Timestamp?, at now: Timestamp
    ) throws(AuthenticationError) -> Timestamp? {
        let settingsEnd = apiTokenMaximumLifetime.map { now + $0 }
        guard let end = form.validUntil else { return [makersEnd, settingsEnd].compactMap(\.self).min() }
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

    /// The API tokens of the caller's own account: where the caller is a token, those of its organization.
    ///
    /// - Throws: `.organizationForbidden`, `.store`.
    public func ownAPITokens(_ page: PageRequest, by caller: Caller) throws(AuthenticationError) -> Page<APIToken> {
        let filter = try Self.ownTokens(of: caller)
        return try readList(for: caller) { store throws(StoreError) in
            try store.apiTokens(filter, page).map(\.token)
        }
    }

    /// Revokes an API token of the caller's own account by its hash.
    ///
    /// - Throws: `.notFound`, `.organizationForbidden`, `.store`, `.cryptography`.
    public func revokeOwnAPIToken(_ tokenHash: TokenHash, by caller: Caller) throws(AuthenticationError) {
        var filter = try Self.ownTokens(of: caller)
        filter.tokenHash = tokenHash
        try revoke(filter, by: caller)
    }

    /// Revokes any API token, for an operator.
    ///
    /// - Throws: `.notFound`, `.store`, `.cryptography`.
    public func revokeAPIToken(_ id: Identifier<APIToken>) throws(AuthenticationError) {
        try revoke(APITokenFilter(id: id), by: .operator)
    }

    /// Revokes an API token that somebody has in clear, for an operator.
    ///
    /// - Returns: its identifier.
    /// - Throws: `.notFound`, `.store`, `.cryptography`.
    public func revokeAPIToken(_ token: BearerToken) throws(AuthenticationError) -> Identifier<APIToken> {
        try revoke(APITokenFilter(tokenHash: token.hash), by: .operator)
    }

    /// - Returns: the identifier of one of those that fit.
    @discardableResult
    private func revoke(
        _ filter: APITokenFilter, by caller: Caller
    ) throws(AuthenticationError) -> Identifier<APIToken> {
        var revoked: Identifier<APIToken>?
        try AuthenticationError.wrapping {
            _ = try store.removeAPITokens(filter) { token in
                revoked = token.id
                return try event(
                    .tokenRevoked, by: caller, account: token.account, target: "\(token.id)",
                    organization: token.organization)
            }
        }
        guard let revoked else { throw .notFound("such an API token") }
        return revoked
    }

    private static func ownTokens(of caller: Caller) throws(AuthenticationError) -> APITokenFilter {
        guard let principal = caller.principal else { throw .organizationForbidden }
        return APITokenFilter(
            account: principal.account, organization: principal.isSession ? nil : principal.organization)
    }
}
