import Foundation
import Synchronization

/// Numbers far from one another, without the system call that random ones would take.
final class Turns: Sendable {
    private let count = Atomic(0)

    func next(below limit: Int) -> Int {
        count.add(1, ordering: .relaxed).newValue &* 2_654_435_761 % limit
    }
}

/// Threads that all do the same for some time.
enum Threads {
    private final class Tally: Sendable {
        let done = Atomic(0)
        let failure = Mutex<(any Error)?>(nil)
    }

    /// - Returns: how often `operation` was done in a second.
    /// - Throws: the first error of the operation.
    static func rate(_ threads: Int, seconds: Double, _ operation: @escaping @Sendable () throws -> Void) throws
        -> Double
    {
        let (tally, group, start) = (Tally(), DispatchGroup(), ContinuousClock.now)
        for _ in 0..<threads {
            group.enter()
            Thread.detachNewThread {
                defer { group.leave() }
                do {
                    while ContinuousClock.now - start < .seconds(seconds) {
                        try operation()
                        tally.done.add(1, ordering: .relaxed)
                    }
                } catch {
                    tally.failure.withLock { $0 = error }
                }
            }
        }
        group.wait()
        if let error = tally.failure.withLock({ $0 }) { throw error }
        return Double(tally.done.load(ordering: .relaxed)) / ((ContinuousClock.now - start) / .seconds(1))
    }
}
