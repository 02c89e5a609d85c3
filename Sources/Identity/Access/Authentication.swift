extension AuthenticationService {
    /// Authenticates a bearer token. The store is asked each time, so that a revoked token is refused at once.
    ///
    /// - Returns: the principal, or the reason for which the token is not accepted, which is for the log alone.
    /// - Throws: `.store`.
    public func identify(
        bearer text: String
    ) throws(AuthenticationError) -> Result<Principal, CredentialRefusal> {
        guard let token = BearerToken(text) else { return .failure(.malformed) }
        let now = clock.now()
        let found = try withStore { store throws(StoreError) in
            switch token.kind {
            case .api: try store.credential(apiToken: token.hash, at: now)
            case .session: try store.credential(session: token.hash, at: now, idleSince: idleSince(now))
            }
        }
        if case .success(let principal) = found { lastUse.note(principal, at: now) }
        return found
    }

    /// Authenticates a bearer token.
    ///
    /// - Returns: `nil` if it is not accepted.
    /// - Throws: `.store`.
    public func authenticate(bearer text: String) throws(AuthenticationError) -> Principal? {
        switch try identify(bearer: text) {
        case .success(let principal): principal
        case .failure: nil
        }
    }

    /// Moves a principal to the organization that a request names.
    ///
    /// - Parameter slugOrID: slug or identifier; `nil` for the principal's own.
    /// - Throws: `.organizationForbidden` if it has none or may not act in the one named; `.store`.
    public func move(_ principal: Principal, to slugOrID: String?) throws(AuthenticationError) -> Principal {
        guard let slugOrID else {
            guard principal.membership != nil || principal.administersInstallation else {
                throw .organizationForbidden
            }
            return principal
        }
        let named = try withStore { store throws(StoreError) in try store.organization(slugOrID)?.id }
        guard let named else { throw .organizationForbidden }
        if named == principal.organization { return principal }
        // A token acts only in the organization it was made for, even if its account belongs to others.
        guard principal.isSession || principal.administersInstallation else { throw .organizationForbidden }
        let membership = try withStore { store throws(StoreError) in
            try store.membership(of: principal.account, in: named)
        }
        if let membership { return principal.acting(as: membership) }
        guard principal.administersInstallation else { throw .organizationForbidden }
        return principal.acting(as: Principal.Membership(organization: named, user: nil, roles: []))
    }

    /// Writes the noted uses of credentials to the store, all at once.
    ///
    /// - Throws: `.store`; nothing is lost then, and the next call writes them.
    public func recordCredentialUse() throws(AuthenticationError) {
        let uses = lastUse.takeAll()
        guard !uses.isEmpty else { return }
        do throws(AuthenticationError) {
            try withStore { store throws(StoreError) in try store.noteUse(of: uses) }
        } catch {
            lastUse.putBack(uses)
            throw error
        }
    }
}
