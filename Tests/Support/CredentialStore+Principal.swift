public import Identity

// The principals alone, for tests that don't ask for the reason of a refusal.
extension CredentialStore {
    /// The carrier of an API token; `nil` if it is refused.
    public func principal(apiToken tokenHash: TokenHash, at now: Timestamp) throws(StoreError) -> Principal? {
        switch try credential(apiToken: tokenHash, naming: nil, at: now) {
        case .success(let carrier): carrier.principal
        case .failure: nil
        }
    }

    /// The carrier of a session token; `nil` if it is refused.
    public func principal(
        session tokenHash: TokenHash, at now: Timestamp, idleSince: Timestamp
    ) throws(StoreError) -> Principal? {
        switch try credential(session: tokenHash, naming: nil, at: now, idleSince: idleSince) {
        case .success(let carrier): carrier.principal
        case .failure: nil
        }
    }
}
