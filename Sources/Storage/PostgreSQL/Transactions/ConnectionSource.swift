import Identity
import Synchronization

/// The opening of connections to one target, in generations: a server that turns out to be read-only closes all that
/// were opened so far, since they all lead to the same server.
final class ConnectionSource: Sendable {
    let target: PostgreSQLTarget
    /// The version of the tables that this program knows.
    private let program: Int64
    private let isForCopy: Bool
    private let fence: Fence
    private let generation = Atomic(0)
    /// The newest generation with a connection that found the tables to be ones that this program can use.
    private let checkedGeneration = Atomic(-1)
    private let opened = Atomic(0)
    /// The newest timeline of a server that was found.
    private let newestTimeline = Atomic(Int64(0))

    /// - Parameter fence: tells which servers are trusted.
    init(_ target: PostgreSQLTarget, program: Int64, isForCopy: Bool = false, fence: Fence) {
        self.target = target
        self.program = program
        self.isForCopy = isForCopy
        self.fence = fence
    }

    /// The generation of the connections that are opened now.
    var currentGeneration: Int { generation.load(ordering: .acquiring) }

    /// The number of connections that were opened since the start.
    var openings: Int { opened.load(ordering: .relaxed) }

    /// Gives up all connections of a generation, unless another thread did so already. The next connection looks at the
    /// tables again, as the first one did.
    func giveUp(_ old: Int) {
        _ = generation.compareExchange(expected: old, desired: old + 1, ordering: .acquiringAndReleasing)
    }

    /// Opens a connection to the newest server. The first one of each generation makes sure that the tables are of a
    /// usable version.
    ///
    /// - Throws: `PostgreSQLError`; `StoreError.Kind.unusable` where this program can't use the tables.
    func open(deadline: ContinuousClock.Instant) throws -> PooledConnection {
        try open(deadline, connecting: newest)
    }

    private func open(
        _ deadline: ContinuousClock.Instant,
        connecting connect: (ContinuousClock.Instant) throws -> PostgreSQLConnection
    ) throws -> PooledConnection {
        let generation = currentGeneration
        let connection = try connect(deadline)
        if checkedGeneration.load(ordering: .acquiring) < generation {
            try SchemaCheck.check(
                connection, target, for: program, isForCopy: isForCopy, deadline: deadline)
            // Of a generation that was given up meanwhile it says nothing.
            checkedGeneration.max(generation, ordering: .acquiringAndReleasing)
        }
        return PooledConnection(connection, generation: generation)
    }

    /// Connects, and once more where that leads to an older timeline than an earlier connection: an old primary that is
    /// back does not know that it was replaced, and takes connections as before. It is used only where no other server
    /// takes writes: the newer timeline may have been a mistake that was undone.
    private func newest(_ deadline: ContinuousClock.Instant) throws(PostgreSQLError) -> PostgreSQLConnection {
        let first = try connect(deadline)
        guard first.timeline < newestTimeline.load(ordering: .relaxed), target.hosts.count > 1 else { return first }
        target.findings.doubted.insert(first.place)
        guard let second = try? connect(deadline) else { return first }
        let (better, other) = second.timeline > first.timeline ? (second, first) : (first, second)
        other.close()
        return better
    }

    private func connect(_ deadline: ContinuousClock.Instant) throws(PostgreSQLError) -> PostgreSQLConnection {
        let connection = try PostgreSQLConnection(target, deadline: deadline)
        opened.add(1, ordering: .relaxed)
        newestTimeline.max(connection.timeline, ordering: .relaxed)
        return connection
    }

    /// Tells that a connection may be used now: it is of the present generation, the server has not closed it, and it
    /// leads to the server that acknowledges the heartbeats.
    func isUsable(_ pooled: PooledConnection) -> Bool {
        pooled.generation == currentGeneration && pooled.connection.isOpen && isTrusted(pooled)
    }

    private func isTrusted(_ pooled: PooledConnection) -> Bool { fence.trusts(timeline: pooled.connection.timeline) }

    /// Opens a connection to the server that acknowledges the heartbeats, or to any where heartbeats do not count.
    ///
    /// - Throws: as `open` does; `StoreError.Kind.unavailable` where another server answers until the deadline.
    func openTrusted(deadline: ContinuousClock.Instant) throws -> PooledConnection {
        while true {
            // Whichever it is: the heartbeats say which one is right, and not the timeline.
            let pooled = try open(deadline, connecting: connect)
            if isTrusted(pooled) { return pooled }
            target.findings.doubted.insert(pooled.connection.place)
            pooled.connection.close()
            guard ContinuousClock.now + Self.pause < deadline else { break }
            // The next heartbeat may find the same server, or the next attempt another.
            Backoff.sleep(Self.pause)
        }
        throw StoreError(
            .unavailable,
            "\(target) was another server than the one that acknowledges the heartbeats: see that only one of its "
                + "servers takes writes")
    }

    private static let pause = Duration.milliseconds(250)
}

/// A connection of a pool, with the generation of its opening.
struct PooledConnection: Sendable {
    let connection: PostgreSQLConnection
    let generation: Int

    init(_ connection: PostgreSQLConnection, generation: Int) {
        self.connection = connection
        self.generation = generation
    }
}
