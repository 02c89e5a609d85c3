extension AuthenticationService {
    /// Authenticates a bearer token. The store is asked each time, so that a revoked token is refused at once.
    ///
    /// - Parameter organization: the slug or identifier of the organization that the request names; `nil` for none.
    /// - Returns: the carrier, or the reason for which the token is not accepted, which is for the log alone.
    /// - Throws: `.store`.
    public func identify(
        bearer text: String, naming organization: String?
    ) throws(AuthenticationError) -> Result<Carrier, CredentialRefusal> {
        guard let token = BearerToken(text) else { return .failure(.malformed) }
        let now = clock.now()
        let found = try withStore { store throws(StoreError) -> Result<Carrier, CredentialRefusal> in
            switch token.kind {
            case .api: try store.credential(apiToken: token.hash, naming: organization, at: now)
            case .session:
                try store.credential(session: token.hash, naming: organization, at: now, idleSince: idleSince(now))
            case .login, .device: .failure(.malformed)
            }
        }
        if case .success(let carrier) = found { lastUse.note(carrier.principal, at: now) }
        return found
    }

    /// Authenticates a bearer token.
    ///
    /// - Returns: `nil` if it is not accepted.
    /// - Throws: `.store`.
    public func authenticate(bearer text: String) throws(AuthenticationError) -> Principal? {
        switch try identify(bearer: text, naming: nil) {
        case .success(let carrier): carrier.principal
        case .failure: nil
        }
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
                // After a second failure no more are tried: if the store is away, each takes its whole deadline.
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

extension AuthenticationService {
    /// The text of what a principal is told of itself. Many applications ask for it at each page, so the store may keep
    /// it until something changes.
    ///
    /// - Parameter write: makes the text of the account and the organization in which the principal acts. It depends on
    ///   these and on the principal alone.
    /// - Throws: `.notFound`, `.store`.
    public func profile(
        of principal: Principal, write: (Account, Organization?) -> [UInt8]
    ) throws(AuthenticationError) -> [UInt8] {
        let text = try withStore { store throws(StoreError) in try store.profile(of: principal, write: write) }
        guard let text else { throw .notFound("an account \(principal.account), or its organization") }
        return text
    }
}
