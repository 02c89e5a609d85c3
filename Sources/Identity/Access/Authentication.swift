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

    /// Writes the noted uses of credentials to the store, 500 a transaction: those of a busy minute take longer than
    /// one may, and would do so each time that they are tried again.
    ///
    /// - Throws: `.store`, the last error; nothing is lost then, and the next call writes what could not be written.
    public func recordCredentialUse() throws(AuthenticationError) {
        // In the order of their identifiers, so that the rows of one transaction are near each other.
        let uses = lastUse.takeAll().sorted { $0.key.order < $1.key.order }
        var failure: AuthenticationError?
        for start in stride(from: 0, to: uses.count, by: LastUseRecorder.mostAtOnce) {
            let end = min(start + LastUseRecorder.mostAtOnce, uses.count)
            let some = Dictionary(uses[start..<end].map { ($0.key, $0.value) }) { first, _ in first }
            do throws(AuthenticationError) {
                try withStore { store throws(StoreError) in try store.noteUse(of: some) }
            } catch {
                // After a second failure no more are tried: where the store is away, each takes its whole deadline.
                let isSecond = failure != nil
                lastUse.putBack(some)
                failure = error
                guard isSecond else { continue }
                for (credential, time) in uses[end...] { lastUse.putBack([credential: time]) }
                break
            }
        }
        if let failure { throw failure }
    }
}
