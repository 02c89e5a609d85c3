import Cryptography

extension AuthenticationService {
    /// A new API token. The token itself is not available later.
    public typealias NewAPIToken = (token: BearerToken, record: APIToken)

    /// Creates an API token of the caller's own account, in the organization in which the caller acts.
    ///
    /// It gets no scope that the caller lacks and no ceiling above the caller's roles. If the caller is a token with an end,
    /// it ends no later.
    ///
    /// - Throws: `.invalidInput`, `.scopeNotGrantable`, `.roleNotGrantable`, `.organizationForbidden`, `.store`,
    ///   `.cryptography`.
    public func createAPIToken(_ form: APITokenForm, by caller: Caller) throws(AuthenticationError) -> NewAPIToken {
        // An administrator of the installation who is not a member has no user to make a token for.
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

    /// Creates an API token for an operator, who may give every scope and ceiling.
    ///
    /// - Parameters:
    ///   - account: email address or identifier of the account.
    ///   - organization: slug or identifier of the organization; `nil` for the account's oldest.
    /// - Throws: `.invalidInput`, `.notFound`, `.store`, `.cryptography`.
    public func createAPIToken(
        _ form: APITokenForm, for account: String, in organization: String?
    ) throws(AuthenticationError) -> NewAPIToken {
        let account = try self.account(named: account)
        let user = try withStore { store throws(StoreError) in
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
        let validUntil = try form.end(makersEnd: makersEnd, maximumLifetime: apiTokenMaximumLifetime, at: now)
        let token = try newToken(.api)
        let record = APIToken(
            id: try newIdentifier(), tokenHash: token.hash, name: form.name, account: account,
            organization: organization, scopes: form.scopes, roleCeiling: ceiling, createdAt: now,
            validUntil: validUntil)
        let event = try event(
            .tokenCreated, by: caller, account: account, target: "\(record.id)", organization: organization,
            details: ["scopes": form.scopes.names.joined(separator: " "), "role_ceiling": ceiling.rawValue])
        let revoked =
            form.revokesExisting ? endings(by: caller, account: account, organization: organization) : nil
        let isMade = try withStore { store throws(StoreError) in
            try store.insert(
                record, maker: caller.principal?.credentialID,
                mayHave: { roles in
                    guard let principal = caller.principal else { return true }
                    guard roles.capped(at: principal.roleCeiling).effective.mayGrant(RoleSet([ceiling])) else {
                        return false
                    }
                    // The scopes that a token may give do not depend on roles: lesser roles end the token itself.
                    return !principal.isSession || form.scopes.scopes.allSatisfy(roles.sessionScopes.grants)
                },
                event: event, revoked: revoked)
        }
        // The caller may have been deactivated, revoked or given other roles since it was authenticated.
        guard isMade else { throw .organizationForbidden }
        return (token, record)
    }

    /// Draws a new token.
    ///
    /// - Throws: `.cryptography`.
    func newToken(_ kind: BearerToken.Kind) throws(AuthenticationError) -> BearerToken {
        try withRandomness { random throws(CryptographyError) in try BearerToken(kind, random: random) }
    }
}
