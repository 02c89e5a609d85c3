import Dispatch
import Logging
import System

/// The thread that does a responder's housekeeping at intervals.
final class HousekeepingThread: Sendable {
    /// The time between two recordings of credential use.
    static let interval = DispatchTimeInterval.seconds(60)
    /// The number of intervals from one pruning to the next.
    static let intervalsPerPruning = 10
    /// The longest time for which `stop` waits for the last write.
    static let patience = DispatchTimeInterval.seconds(2)

    private let housekeeping: @Sendable () -> Housekeeping
    private let interval: DispatchTimeInterval
    private let stopping = DispatchSemaphore(value: 0)
    private let stopped = DispatchSemaphore(value: 0)

    /// Starts the thread.
    ///
    /// - Parameter housekeeping: the work to do; asked for each time, since a reload may have changed it.
    /// - Throws: `SystemError` if the kernel has no thread left.
    init(
        interval: DispatchTimeInterval = HousekeepingThread.interval,
        _ housekeeping: @escaping @Sendable () -> Housekeeping
    ) throws(SystemError) {
        self.housekeeping = housekeeping
        self.interval = interval
        try Thread("housekeeping") { self.run() }.detach()
    }

    /// Ends the thread, after a last recording of credential use; waits for `patience` at most.
    func stop() {
        stopping.signal()
        if stopped.wait(timeout: .now() + Self.patience) == .timedOut {
            housekeeping().logger.error("ended before everything was written: another process blocks the database")
        }
    }

    private func run() {
        housekeeping().begin()
        var intervals = 0
        while stopping.wait(timeout: .now() + interval) == .timedOut {
            housekeeping().recordCredentialUse()
            housekeeping().wipeErased()
            housekeeping().reseal()
            if intervals % Self.intervalsPerPruning == 0 {
                housekeeping().prune()
                housekeeping().measurePasswordSchemes()
            }
            intervals += 1
        }
        housekeeping().recordCredentialUse()
        stopped.signal()
    }
}
