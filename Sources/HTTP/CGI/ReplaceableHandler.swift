import Synchronization
import System

/// A handler that can be replaced while requests are being answered. A request that has begun is answered by the
/// handler with which it began.
///
/// ```swift
/// let handler = ReplaceableHandler(api)
/// handler.replace(with: apiWithNewSettings)
/// ```
public final class ReplaceableHandler: Handler {
    /// The same handler in each shard, so that threads do not queue at one lock at each request.
    private let handlers: Sharded<any Handler>
    private static let count = 4
    /// Held while the handler is replaced, so that two callers leave the same one in every shard.
    private let replacing = Mutex(())

    private var current: any Handler {
        for shard in 0..<Self.count {
            if let handler = handlers.withLockIfAvailable(shard, { $0 }) { return handler }
        }
        return handlers.withLock(0) { $0 }
    }

    /// Begins with a handler.
    public init(_ handler: some Handler) {
        handlers = Sharded(handler, count: Self.count)
    }

    /// Replaces the handler. Requests that come after the return are answered by the new one.
    public func replace(with handler: some Handler) {
        replacing.withLock { _ in _ = handlers.mapShards { $0 = handler } }
    }

    public func answer(_ received: ReceivedRequest) -> Answer { current.answer(received) }
}
