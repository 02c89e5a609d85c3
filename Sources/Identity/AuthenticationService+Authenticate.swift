extension AuthenticationService {
    /// Who carries a bearer token. The store is asked each time, so that what was revoked is refused at once.
    ///
    /// - Returns: `nil` where the token is malformed, unknown, expired or revoked, or its account is not active.
    /// - Throws: `.store`.
    public func authenticate(bearer text: String) throws(AuthenticationError) -> Principal? {
        guard let token = BearerToken(text) else { return nil }
        do throws(StoreError) {
            return switch token.kind {
            case .api: try store.principal(apiToken: token.hash, at: clock.now())
            case .session: try store.principal(session: token.hash, at: clock.now())
            }
        } catch {
            throw .store(error)
        }
    }

    /// Ends the session of a session token. It is no error where there is none.
    ///
    /// - Throws: `.store`.
    public func logout(sessionToken text: String) throws(AuthenticationError) {
        guard let token = BearerToken(text), token.kind == .session else { return }
        do throws(StoreError) {
            try store.endSession(tokenHash: token.hash)
        } catch {
            throw .store(error)
        }
    }
}
