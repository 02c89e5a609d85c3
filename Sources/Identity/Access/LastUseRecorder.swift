import Synchronization

/// The times of last use of credentials that are not in the store yet, so that reading a request's credential writes
/// nothing.
final class LastUseRecorder: Sendable {
    /// The age in seconds at which the stored time is brought up to date.
    static let granularity: Int64 = 60
    /// The most times that are written in one transaction.
    static let mostAtOnce = 500

    /// The times of some of the credentials.
    ///
    /// There are 256 shards, and a credential that was the last one noted in its shard takes no lock: a lock that all
    /// threads take at each request makes them wait for each other.
    private final class Shard: Sendable {
        let last = Atomic<UInt64>(0)
        let uses = Mutex<[CredentialID: Timestamp]>([:])
    }

    private let shards = (0..<256).map { _ in Shard() }

    /// Notes the use of a credential. The first of several uses between two calls of `takeAll` may stand for all.
    func note(_ principal: Principal, at now: Timestamp) {
        // A time in the future was noted by a clock that was wrong.
        if let last = principal.lastUsedAt, now < last + Self.granularity, last <= now + WallClock.tolerance { return }
        let credential = principal.credentialID
        let shard = shard(of: credential)
        if shard.last.load(ordering: .relaxed) == credential.bits { return }
        shard.uses.withLock { uses in
            uses[credential] = now
            shard.last.store(credential.bits, ordering: .relaxed)
        }
    }

    /// Removes and returns all noted times.
    func takeAll() -> [CredentialID: Timestamp] {
        var all: [CredentialID: Timestamp] = [:]
        for shard in shards {
            let taken = shard.uses.withLock { uses in
                defer { uses = [:] }
                shard.last.store(0, ordering: .relaxed)
                return uses
            }
            all.merge(taken) { newer, _ in newer }
        }
        return all
    }

    /// Restores times that could not be written, unless there are newer ones.
    func putBack(_ unwritten: [CredentialID: Timestamp]) {
        for (credential, time) in unwritten {
            shard(of: credential).uses.withLock { uses in
                if uses[credential] == nil { uses[credential] = time }
            }
        }
    }

    private func shard(of credential: CredentialID) -> Shard { shards[Int(credential.bits % UInt64(shards.count))] }
}

extension CredentialID {
    /// The place in the order in which uses are written: sessions, then tokens, each by their identifiers.
    var order: (Int, UInt64) {
        switch self {
        case .session(let id): (0, id.rawValue)
        case .apiToken(let id): (1, id.rawValue)
        }
    }

    /// The identifier's random bits.
    fileprivate var bits: UInt64 {
        switch self {
        case .session(let id): id.rawValue
        case .apiToken(let id): id.rawValue
        }
    }
}
