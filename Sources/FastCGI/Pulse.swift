import Glibc
import Synchronization
import System

/// Tells whether a server's threads still come round to their work, and do not merely exist.
///
/// An event is put where requests are, and has to be taken by a thread as a request would be.
final class Pulse: Sendable {
    private let event: EventFlag
    private let worker = Atomic(0)
    private let room = Atomic(0)

    init() throws(ServerError) { event = try requiring { () throws(SystemError) in try EventFlag() } }

    /// The descriptor of the event.
    var number: Int32 { event.number }

    /// A worker has taken the event.
    func workerBeat() { worker.add(1, ordering: .relaxed) }

    /// The thread that watches the waiting connections has come round.
    func roomBeat() { room.add(1, ordering: .relaxed) }

    /// Whether both kinds of threads come round within some time from now.
    ///
    /// - Parameter arm: has the event given to one worker.
    func beats(within time: Duration, arm: (Int32) throws(SystemError) -> Void) -> Bool {
        let end = ContinuousClock.now + time
        let before = (worker: worker.load(ordering: .relaxed), room: room.load(ordering: .relaxed))
        // Stays readable from the first time on: each arming gives it to one worker once more.
        event.raise()
        do throws(SystemError) { try arm(event.number) } catch { return false }
        while worker.load(ordering: .relaxed) == before.worker || room.load(ordering: .relaxed) == before.room {
            if ContinuousClock.now >= end { return false }
            usleep(20_000)
        }
        return true
    }
}
