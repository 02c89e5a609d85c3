import Dispatch
import Identity
import Synchronization
import System

/// A bounded number of connections, which are opened when they are needed and then kept.
///
/// A thread that finds none free waits, but not for long: what is needed by all who wait for it, and comes late, would
/// otherwise hold up every thread of the process.
final class ConnectionPool: Sendable {
    /// The figures of a pool.
    struct Figures: Sendable, Equatable {
        /// The most connections.
        let size: Int
        /// The connections that are in use.
        let inUse: Int
        /// The threads that wait for one.
        let waiting: Int
        /// The threads that have got none since the start.
        let refused: Int
    }

    let source: ConnectionSource
    let size: Int
    private let patience: Duration
    private let permits: DispatchSemaphore
    private let idle = Mutex<[PooledConnection]>([])
    private let inUse = Atomic(0)
    private let waiting = Atomic(0)
    private let refused = Atomic(0)

    /// - Parameters:
    ///   - size: the most connections.
    ///   - patience: the longest wait for a free one.
    init(_ source: ConnectionSource, size: Int, patience: Duration = .seconds(1)) {
        self.source = source
        self.size = size
        self.patience = patience
        permits = DispatchSemaphore(value: size)
    }

    var figures: Figures {
        Figures(
            size: size, inUse: inUse.load(ordering: .relaxed), waiting: waiting.load(ordering: .relaxed),
            refused: refused.load(ordering: .relaxed))
    }

    /// Lends a connection, which is closed afterwards unless it is in no transaction and of the present generation.
    ///
    /// - Throws: `StoreError.Kind.unavailable` if none becomes free; `PostgreSQLError` if none can be opened.
    func lend<Value>(
        until deadline: ContinuousClock.Instant, _ body: (PooledConnection) throws -> Value
    ) throws -> Value {
        try waitForPermit(until: deadline)
        defer { permits.signal() }
        inUse.add(1, ordering: .relaxed)
        defer { inUse.subtract(1, ordering: .relaxed) }
        let pooled = try take() ?? source.openTrusted(deadline: deadline)
        defer { putBack(pooled) }
        return try body(pooled)
    }

    /// Closes the connections that nobody uses, and that nobody may use any more.
    func closeUnusable() {
        let source = self.source
        let unusable = idle.withLock { idle in
            let unusable = idle.filter { !source.isUsable($0) }
            idle.removeAll { !source.isUsable($0) }
            return unusable
        }
        for pooled in unusable { pooled.connection.close() }
    }

    private func waitForPermit(until deadline: ContinuousClock.Instant) throws(StoreError) {
        if permits.wait(timeout: .now()) == .success { return }
        waiting.add(1, ordering: .relaxed)
        defer { waiting.subtract(1, ordering: .relaxed) }
        let wait = max(.zero, min(patience, ContinuousClock.now.duration(to: deadline)))
        guard permits.wait(timeout: .now() + wait.inSeconds) == .success else {
            refused.add(1, ordering: .relaxed)
            throw StoreError(
                .unavailable,
                "all \(size) connections to \(source.target) were in use for \(wait.inSeconds) s: "
                    + "see what holds the database up (pg_stat_activity, pg_locks)")
        }
    }

    /// The connection that was used last, of those that may be used.
    private func take() -> PooledConnection? {
        while let pooled = idle.withLock({ $0.popLast() }) {
            if source.isUsable(pooled) { return pooled }
            pooled.connection.close()
        }
        return nil
    }

    private func putBack(_ pooled: PooledConnection) {
        let connection = pooled.connection
        guard connection.isOpen, connection.inTransaction == .idle, pooled.generation == source.currentGeneration
        else { return connection.close() }
        idle.withLock { $0.append(pooled) }
    }
}

extension Duration {
    /// The duration in seconds.
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
