extension AuthenticationService {
    /// The API tokens of the caller's own account. A caller that is a token itself sees those of its organization.
    ///
    /// - Throws: `.organizationForbidden`, `.tooManyLists`, `.store`.
    public func ownAPITokens(_ page: PageRequest, by caller: Caller) throws(AuthenticationError) -> Page<APIToken> {
        try apiTokens(try Self.ownTokens(of: caller), page, by: caller)
    }

    func apiTokens(
        _ filter: APITokenFilter, _ page: PageRequest, by caller: Caller
    ) throws(AuthenticationError) -> Page<APIToken> {
        try readList(for: caller) { store throws(StoreError) in try store.apiTokens(filter, page).map(\.token) }
    }

    /// Changes an API token for an operator, who may give every scope and ceiling. It takes effect with the next request.
    ///
    /// - Throws: `.notFound`, `.store`, `.cryptography`.
    public func updateAPIToken(
        _ id: Identifier<APIToken>, _ update: APITokenUpdate
    ) throws(AuthenticationError) -> APIToken {
        var present: APIToken?
        let changed = try withStore { store throws(StoreError) in
            try store.changeAPIToken(id) { old in
                present = old
                var token = old
                let details = update.apply(to: &token)
                guard !details.isEmpty else { return nil }
                let event = try event(
                    .tokenUpdated, by: .operator, account: token.account, target: "\(id)",
                    organization: token.organization, details: details)
                return (token, event)
            }
        }
        guard let token = changed ?? present else { throw .notFound("an API token \(id)") }
        return token
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

    /// Revokes an API token that is known in clear, for an operator.
    ///
    /// - Returns: its identifier.
    /// - Throws: `.notFound`, `.store`, `.cryptography`.
    public func revokeAPIToken(_ token: BearerToken) throws(AuthenticationError) -> Identifier<APIToken> {
        try revoke(APITokenFilter(tokenHash: token.hash), by: .operator)
    }

    /// - Returns: the identifier of one of the tokens that match.
    @discardableResult
    private func revoke(
        _ filter: APITokenFilter, by caller: Caller
    ) throws(AuthenticationError) -> Identifier<APIToken> {
        var revoked: Identifier<APIToken>?
        _ = try withStore { store throws(StoreError) in
            try store.removeAPITokens(filter) { token in
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
