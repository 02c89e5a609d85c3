import Dispatch
import Logging
import System

/// Does the housekeeping of a responder from time to time.
final class HousekeepingThread: Sendable {
    /// How often it is written when credentials were used.
    static let interval = DispatchTimeInterval.seconds(60)
    /// With which of these times something is removed.
    static let timesUntilPruning = 10
    /// How long `stop` waits for the last write.
    static let patience = DispatchTimeInterval.seconds(2)

    private let housekeeping: @Sendable () -> Housekeeping
    private let interval: DispatchTimeInterval
    private let stopping = DispatchSemaphore(value: 0)
    private let stopped = DispatchSemaphore(value: 0)

    /// Starts the thread.
    ///
    /// - Parameter housekeeping: what is to be done; asked each time, since settings may have changed.
    /// - Throws: `SystemError` where the kernel has no thread left.
    init(
        interval: DispatchTimeInterval = HousekeepingThread.interval,
        _ housekeeping: @escaping @Sendable () -> Housekeeping
    ) throws(SystemError) {
        self.housekeeping = housekeeping
        self.interval = interval
        try Thread("housekeeping") { self.run() }.detach()
    }

    /// Writes what is left, and ends the thread. Where that takes long, it returns before.
    func stop() {
        stopping.signal()
        if stopped.wait(timeout: .now() + Self.patience) == .timedOut {
            housekeeping().logger.error("ended before all was written: something holds the database up")
        }
    }

    private func run() {
        housekeeping().begin()
        var times = 0
        while stopping.wait(timeout: .now() + interval) == .timedOut {
            housekeeping().recordCredentialUse()
            housekeeping().wipeErased()
            if times % Self.timesUntilPruning == 0 {
                housekeeping().prune()
                housekeeping().measurePasswordSchemes()
            }
            times += 1
        }
        housekeeping().recordCredentialUse()
        stopped.signal()
    }
}
