import Glibc
import Synchronization
import System

/// The proof that a server's threads still come round to their work, and do not merely exist.
///
/// An event is put where requests are, and has to be taken by a worker as a request would be.
final class Liveness: Sendable {
    private let event: EventFlag
    private let worker = Atomic(0)
    private let supervisor = Atomic(0)

    init() throws(SystemError) { event = try EventFlag() }

    /// The descriptor of the event.
    var number: Int32 { event.number }

    /// Notes that a worker has taken the event.
    func workerBeat() { worker.add(1, ordering: .relaxed) }

    /// Notes that the supervisor has come round.
    func supervisorBeat() { supervisor.add(1, ordering: .relaxed) }

    /// Tells whether a worker and the supervisor come round within some time from now.
    ///
    /// - Parameter poller: the poller of the workers.
    func isShown(within time: Duration, to poller: Poller) -> Bool {
        let end = ContinuousClock.now + time
        let before = (worker: worker.load(ordering: .relaxed), supervisor: supervisor.load(ordering: .relaxed))
        // It stays readable from the first time on: each arming gives it to one worker once more.
        event.raise()
        guard (try? poller.arm(event.number, for: .once)) != nil else { return false }
        while worker.load(ordering: .relaxed) == before.worker
            || supervisor.load(ordering: .relaxed) == before.supervisor
        {
            if ContinuousClock.now >= end { return false }
            usleep(20_000)
        }
        return true
    }
}
