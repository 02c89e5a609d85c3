extension AuthenticationService {
    /// Who carries a bearer token. The store is asked each time, so that what was revoked is refused at once.
    ///
    /// - Returns: `nil` where the token is malformed, unknown, expired, idle for too long or revoked, or its account is not
    ///   active.
    /// - Throws: `.store`.
    public func authenticate(bearer text: String) throws(AuthenticationError) -> Principal? {
        guard let token = BearerToken(text) else { return nil }
        let now = clock.now()
        let principal: Principal?
        do throws(StoreError) {
            principal =
                switch token.kind {
                case .api: try store.principal(apiToken: token.hash, at: now)
                case .session: try store.principal(session: token.hash, at: now, idleSince: idleSince(now))
                }
        } catch {
            throw .store(error)
        }
        if let principal { credentialUse.note(principal, at: now) }
        return principal
    }

    /// The same principal in the organization that is named, or in its own.
    ///
    /// - Parameter slugOrID: slug or identifier; `nil` for its own.
    /// - Throws: `.organizationForbidden` where it has none or may not act in the one that is named; `.store`.
    public func principal(
        _ principal: Principal, actingIn slugOrID: String?
    ) throws(AuthenticationError) -> Principal {
        guard let slugOrID else {
            guard principal.membership != nil || principal.administersInstallation else {
                throw .organizationForbidden
            }
            return principal
        }
        return try AuthenticationError.wrapping {
            guard let named = try store.organization(slugOrID)?.id else {
                throw AuthenticationError.organizationForbidden
            }
            if named == principal.organization { return principal }
            // A token acts where it was made for, whatever else its account belongs to.
            guard principal.isSession || principal.administersInstallation else {
                throw AuthenticationError.organizationForbidden
            }
            if let membership = try store.membership(of: principal.account, in: named) {
                return principal.acting(as: membership)
            }
            guard principal.administersInstallation else { throw AuthenticationError.organizationForbidden }
            return principal.acting(as: Principal.Membership(organization: named, user: nil, roles: []))
        }
    }

    /// Writes to the store when credentials were used since the last time, all at once.
    ///
    /// - Throws: `.store`; then nothing is lost, and the next time writes it.
    public func recordCredentialUse() throws(AuthenticationError) {
        let uses = credentialUse.takeAll()
        guard !uses.isEmpty else { return }
        do throws(StoreError) {
            try store.noteUse(of: uses)
        } catch {
            credentialUse.putBack(uses)
            throw .store(error)
        }
    }

    /// What was seen last then or before is idle for too long.
    func idleSince(_ now: Timestamp) -> Timestamp { now + -sessionIdleTimeout }
}
