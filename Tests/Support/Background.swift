import Dispatch
import Synchronization

/// Work on a thread of its own, since a wait must not hold a thread of Swift's pool.
public final class Background<Value: Sendable>: Sendable {
    private let queue = DispatchQueue(label: "background")
    private let outcome = Mutex<Result<Value, any Error>?>(nil)

    public init(_ work: @escaping @Sendable () throws -> Value) {
        queue.async { self.outcome.withLock { $0 = Result(catching: work) } }
    }

    /// Waits for the work's result.
    public func value() throws -> Value {
        queue.sync {}
        guard let result = outcome.withLock({ $0 }) else { preconditionFailure("the queue is serial") }
        return try result.get()
    }
}
