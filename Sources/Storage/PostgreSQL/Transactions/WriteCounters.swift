import Identity
import Synchronization

/// The figures of the writes of a process since its start.
final class WriteCounters: Sendable {
    let retries = Atomic(0)
    let ambiguousCommits = Atomic(0)
    private let commits = Atomic(0)
    private let nanoseconds = Atomic(0)
    private let lastCommit = Mutex<ContinuousClock.Instant?>(nil)

    /// Notes a commit, and the time from its sending to its answer.
    func note(_ time: Duration) {
        commits.add(1, ordering: .relaxed)
        let (seconds, attoseconds) = time.components
        nanoseconds.add(Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000), ordering: .relaxed)
        let now = ContinuousClock.now
        lastCommit.withLock { $0 = now }
    }

    /// Forgets the last commit, since a later write has failed.
    func noteFailure() { lastCommit.withLock { $0 = nil } }

    /// Tells that something was committed within a time, and no write has failed since.
    func hasCommitted(within time: Duration) -> Bool {
        let last = lastCommit.withLock { $0 }
        return last.map { $0.duration(to: .now) < time } ?? false
    }

    var commitFigures: CommitFigures {
        CommitFigures(count: commits.load(ordering: .relaxed), nanoseconds: nanoseconds.load(ordering: .relaxed))
    }
}
