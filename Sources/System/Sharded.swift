public import Synchronization

/// A state in parts, each with a lock of its own, so that threads hardly ever meet at one.
///
/// A lock that all threads take at each request makes them wake each other up, which costs more than the request.
///
/// ```swift
/// let sessions = Sharded<[UInt64: Session]>([:])
/// sessions.withLock(id.hashValue) { $0[id] = session }
/// ```
public struct Sharded<State: Sendable>: Sendable {
    @usableFromInline
    final class Shard: Sendable {
        @usableFromInline
        let state: Mutex<State>

        @usableFromInline
        init(_ state: State) { self.state = Mutex(state) }
    }

    @usableFromInline
    let shards: [Shard]

    /// Makes the parts.
    ///
    /// - Parameters:
    ///   - state: the state of each part at the beginning.
    ///   - count: the number of parts, at least 1.
    @inlinable
    public init(_ state: State, count: Int = 64) {
        shards = (0..<count).map { _ in Shard(state) }
    }

    /// Runs `body` on the part of a key, under its lock.
    @inlinable
    public func withLock<Key: BinaryInteger, Value, Failure: Error>(
        _ key: Key, _ body: (inout State) throws(Failure) -> sending Value
    ) throws(Failure) -> sending Value {
        try shard(of: key).state.withLock { state throws(Failure) in try body(&state) }
    }

    /// Runs `body` on the part of a key, unless another thread is there.
    ///
    /// - Returns: `nil` if another thread holds the lock.
    @inlinable
    public func withLockIfAvailable<Key: BinaryInteger, Value, Failure: Error>(
        _ key: Key, _ body: (inout State) throws(Failure) -> sending Value
    ) throws(Failure) -> sending Value? {
        try shard(of: key).state.withLockIfAvailable { state throws(Failure) in try body(&state) }
    }

    /// Runs `body` on each part in turn, under its lock.
    ///
    /// - Returns: the results, one for each part.
    @inlinable
    @discardableResult
    public func mapShards<Value, Failure: Error>(
        _ body: (inout State) throws(Failure) -> sending Value
    ) throws(Failure) -> [Value] {
        var values: [Value] = []
        for shard in shards { values.append(try shard.state.withLock { state throws(Failure) in try body(&state) }) }
        return values
    }

    @inlinable
    func shard<Key: BinaryInteger>(of key: Key) -> Shard {
        shards[Int(truncatingIfNeeded: UInt(truncatingIfNeeded: key) % UInt(shards.count))]
    }
}
