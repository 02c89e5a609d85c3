import Dispatch
import Synchronization
import System

/// Keeps no more threads at work than there are processors for them.
///
/// Threads that all wait for the same events are woken in vain by what another one takes, and find their caches cold:
/// with 50 threads a verify took 29 µs of processor time, with 3 it took 16. So only few look for work, and the others
/// are parked. A thread that is about to wait for something says so by `blocking`, and a parked one takes its place. It
/// goes on as soon as it can, and is parked, if there are too many, when it has answered and nothing else has come.
final class ActiveThreads: BlockingObserver {
    private let limit: Int
    /// Without a lock: each lookup in PostgreSQL changes it several times, and threads that wait for a lock took an
    /// eighth of the processor time of a verify.
    private let counts = Atomic(Counts())
    private let unparked = DispatchSemaphore(value: 0)

    /// - Parameter limit: the number of threads that look for work at once, at least 1.
    init(limit: Int) { self.limit = limit }

    /// Makes the calling thread one of these, and parks it if there are enough.
    func join() {
        change { $0.active += 1 }
        rest()
        Thread.joinPool(self)
    }

    /// Tells that there are more threads at work than are wanted, one of which is to rest.
    var areTooMany: Bool {
        let counts = counts.load(ordering: .relaxed)
        return counts.active > limit && !counts.isClosed
    }

    /// Parks the calling thread, one of these, if there are too many.
    func rest() {
        let isParked = change { counts in
            if counts.isClosed || counts.active <= limit { return false }
            counts.active -= 1
            counts.parked += 1
            return true
        }
        if isParked { unparked.wait() }
    }

    /// Unparks one more, however many there are: something unexpected may hold up those at work.
    func relieve() {
        if change({ $0.unpark() }) { unparked.signal() }
    }

    /// Unparks all, and parks none from now on.
    func close() {
        let parked = change { counts in
            defer { counts = Counts(active: counts.active + counts.parked, isClosed: true) }
            return counts.parked
        }
        for _ in 0..<parked { unparked.signal() }
    }

    /// The number of parked threads.
    var parked: Int { counts.load(ordering: .relaxed).parked }

    /// Puts a parked thread to work in place of the calling one.
    func willBlock() {
        let isReplaced = change { counts in
            counts.active -= 1
            return counts.active < limit && counts.unpark()
        }
        if isReplaced { unparked.signal() }
    }

    /// Counts the calling thread as one at work again.
    func didBlock() { change { $0.active += 1 } }

    /// Changes the counts together. `body` may run more than once.
    @discardableResult
    private func change<Value>(_ body: (inout Counts) -> Value) -> Value {
        var old = counts.load(ordering: .relaxed)
        while true {
            var new = old
            let value = body(&new)
            if new.rawValue == old.rawValue { return value }
            let (isDone, current) = counts.compareExchange(
                expected: old, desired: new, ordering: .acquiringAndReleasing)
            if isDone { return value }
            old = current
        }
    }
}

/// The threads at work and the parked ones, in one word.
private struct Counts: RawRepresentable, AtomicRepresentable {
    var rawValue: UInt64

    init(rawValue: UInt64) { self.rawValue = rawValue }

    init(active: Int = 0, parked: Int = 0, isClosed: Bool = false) {
        rawValue = UInt64(active) << 32 | UInt64(parked) << 1 | (isClosed ? 1 : 0)
    }

    var isClosed: Bool { rawValue & 1 == 1 }

    var active: Int {
        get { Int(rawValue >> 32) }
        set { self = Counts(active: newValue, parked: parked, isClosed: isClosed) }
    }

    var parked: Int {
        get { Int(rawValue >> 1 & 0x7FFF_FFFF) }
        set { self = Counts(active: active, parked: newValue, isClosed: isClosed) }
    }

    /// Makes a parked thread one at work.
    ///
    /// - Returns: whether there was one, which is then to be signalled.
    mutating func unpark() -> Bool {
        guard parked > 0 else { return false }
        self = Counts(active: active + 1, parked: parked - 1, isClosed: isClosed)
        return true
    }
}
