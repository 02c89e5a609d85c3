import Dispatch
import Identity
import Synchronization

/// Who writes next in this process. The wait for it has an end, and so has the number of those who wait: while another
/// process holds the database, threads must not pile up behind it one timeout after the other.
final class WriterTurn: Sendable {
    private let limit: Int
    private let patience: Double
    private let waiting = Mutex(0)
    private let turn = DispatchSemaphore(value: 1)

    /// - Parameters:
    ///   - limit: how many may wait or write.
    ///   - patience: how long one waits, in seconds.
    init(waiting limit: Int, patience: Double) {
        self.limit = limit
        self.patience = patience
    }

    /// Runs `body` while nobody else in this process writes.
    func take<Value>(_ body: () throws -> Value) throws -> Value {
        let mayWait = waiting.withLock { waiting in
            guard waiting < limit else { return false }
            waiting += 1
            return true
        }
        guard mayWait else {
            throw StoreError(.unavailable, "\(limit) threads wait to write already: see what holds the database up")
        }
        defer { waiting.withLock { $0 -= 1 } }
        guard turn.wait(timeout: .now() + patience) == .success else {
            throw StoreError(.unavailable, "no turn to write came within \(patience) s: see what holds the database up")
        }
        defer { turn.signal() }
        return try body()
    }
}
