import Dispatch
import Synchronization
import System

/// Keeps no more threads at work than there are processors for them.
///
/// Threads that all wait for the same events are woken in vain by what another one takes, and find their caches cold:
/// with 50 threads a verify took 29 µs of processor time, with 3 it took 16. So only few look for work, and the others
/// are parked. A thread that is about to wait for something says so by `blocking`, and a parked one takes its place. It
/// goes on as soon as it can, and is parked, where there are too many, when it has answered.
final class ActiveThreads: BlockingObserver {
    private struct State {
        var parked = 0
        var isClosed = false
    }

    private let limit: Int
    private let active = Atomic(0)
    /// Held while a thread is parked or unparked.
    private let state = Mutex(State())
    private let unparked = DispatchSemaphore(value: 0)

    /// - Parameter limit: the number of threads that look for work at once, at least 1.
    init(limit: Int) { self.limit = limit }

    /// Makes the calling thread one of these, and parks it where there are enough.
    func join() {
        active.add(1, ordering: .relaxed)
        rest()
        Thread.joinPool(self)
    }

    /// Parks the calling thread, one of these, where there are too many.
    func rest() {
        if active.load(ordering: .relaxed) <= limit { return }
        let isParked = state.withLock { state in
            if state.isClosed || active.load(ordering: .relaxed) <= limit { return false }
            active.subtract(1, ordering: .relaxed)
            state.parked += 1
            return true
        }
        if isParked { unparked.wait() }
    }

    /// Unparks one more, however many there are: something unexpected may hold up those at work.
    func relieve() {
        state.withLock { unpark(&$0) }
    }

    /// Unparks all, and parks none from now on.
    func close() {
        state.withLock { state in
            state.isClosed = true
            while state.parked > 0 { unpark(&state) }
        }
    }

    /// The number of parked threads.
    var parked: Int { state.withLock { $0.parked } }

    /// Puts a parked thread to work in place of the calling one.
    func willBlock() {
        state.withLock { state in
            if active.subtract(1, ordering: .relaxed).newValue < limit { unpark(&state) }
        }
    }

    /// Counts the calling thread as one at work again.
    func didBlock() { active.add(1, ordering: .relaxed) }

    private func unpark(_ state: inout State) {
        guard state.parked > 0 else { return }
        state.parked -= 1
        active.add(1, ordering: .relaxed)
        unparked.signal()
    }
}
