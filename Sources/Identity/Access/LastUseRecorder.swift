import Synchronization

/// When credentials were used, until it is written to the store: reading a request's credential writes nothing itself.
final class CredentialUse: Sendable {
    /// How old the moment in the store must be to be brought up to date, in seconds.
    static let granularity: Int64 = 60

    /// What was noted of some of the credentials. There are many of these, and who sees that the credential was the last
    /// to be noted takes no lock: threads that all want one lock at each request make each other wait.
    private final class Part: Sendable {
        let last = Atomic<UInt64>(0)
        let uses = Mutex<[CredentialID: Timestamp]>([:])
    }

    private let parts = (0..<256).map { _ in Part() }

    /// Notes that a credential is used. Of several times until they are taken the first may stand for all.
    func note(_ principal: Principal, at now: Timestamp) {
        // A moment that lies ahead was noted by a clock that was wrong.
        if let last = principal.lastUsedAt, now < last + Self.granularity, last <= now + WallClock.tolerance { return }
        let credential = principal.credentialID
        let part = part(of: credential)
        if part.last.load(ordering: .relaxed) == credential.bits { return }
        part.uses.withLock { uses in
            uses[credential] = now
            part.last.store(credential.bits, ordering: .relaxed)
        }
    }

    /// All that was noted since the last time.
    func takeAll() -> [CredentialID: Timestamp] {
        var all: [CredentialID: Timestamp] = [:]
        for part in parts {
            let taken = part.uses.withLock { uses in
                defer { uses = [:] }
                part.last.store(0, ordering: .relaxed)
                return uses
            }
            all.merge(taken) { newer, _ in newer }
        }
        return all
    }

    /// Takes back what could not be written.
    func putBack(_ unwritten: [CredentialID: Timestamp]) {
        for (credential, time) in unwritten {
            part(of: credential).uses.withLock { uses in
                if uses[credential] == nil { uses[credential] = time }
            }
        }
    }

    private func part(of credential: CredentialID) -> Part { parts[Int(credential.bits % UInt64(parts.count))] }
}

extension CredentialID {
    /// The identifier's random bits.
    fileprivate var bits: UInt64 {
        switch self {
        case .session(let id): id.rawValue
        case .apiToken(let id): id.rawValue
        }
    }
}
