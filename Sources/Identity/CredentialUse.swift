import Synchronization

/// When credentials were used, until it is written to the store: reading a request's credential writes nothing itself.
final class CredentialUse: Sendable {
    /// How old the moment in the store must be to be brought up to date, in seconds.
    static let granularity: Int64 = 60

    private let uses = Mutex<[CredentialID: Timestamp]>([:])

    /// Notes that a credential is used.
    func note(_ principal: Principal, at now: Timestamp) {
        if let last = principal.lastUsedAt, now < last + Self.granularity { return }
        uses.withLock { $0[principal.credentialID] = now }
    }

    /// All that was noted since the last time.
    func takeAll() -> [CredentialID: Timestamp] {
        uses.withLock { uses in
            defer { uses = [:] }
            return uses
        }
    }

    /// Takes back what could not be written.
    func putBack(_ unwritten: [CredentialID: Timestamp]) {
        uses.withLock { $0.merge(unwritten) { newer, _ in newer } }
    }
}
