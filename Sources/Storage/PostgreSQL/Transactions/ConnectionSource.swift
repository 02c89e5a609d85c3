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
    /// The newest timeline of a server that was met. Going back to an older one would let pass what was revoked on this
    /// one: nothing leads there but a new process, or a synchronous standby of the older one, as long as this one has
    /// acknowledged nothing.
    private let newestTimeline = Atomic(Int64(0))
    /// The newest timeline of a server that acknowledged a heartbeat: what it acknowledged to others is missing on an
    /// older one.
    private let newestAcknowledged = Atomic(Int64(0))

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
    /// - Throws: `PostgreSQLError`; `StoreError.Kind.unusable` if this program can't use the tables, `.unavailable`
    ///   if an older server alone answers.
    func open(deadline: ContinuousClock.Instant) throws -> PooledConnection {
        try open(deadline, connecting: newest)
    }

    /// Opens a connection to the newest server, or to an older one if no other takes writes. `admit` says whether
    /// its acknowledgement of a heartbeat counts.
    ///
    /// - Throws: `PostgreSQLError`; `StoreError.Kind.unusable` if this program can't use the tables.
    func openForHeartbeat(deadline: ContinuousClock.Instant) throws -> PooledConnection {
        try open(deadline) { deadline in
            let first = try connect(deadline)
            guard isOutdated(first) else { return first }
            target.findings.doubted.insert(first.place)
            guard let second = try? connect(deadline) else { return first }
            let (better, other) = second.timeline > first.timeline ? (second, first) : (first, second)
            other.close()
            return better
        }
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

    private func connect(_ deadline: ContinuousClock.Instant) throws(PostgreSQLError) -> PostgreSQLConnection {
        let connection = try PostgreSQLConnection(target, deadline: deadline)
        opened.add(1, ordering: .relaxed)
        return connection
    }

    /// Connects to a server whose timeline is no older than each that was met before.
    private func newest(_ deadline: ContinuousClock.Instant) throws -> PostgreSQLConnection {
        var refusal: StoreError?
        while true {
            let connection: PostgreSQLConnection
            do throws(PostgreSQLError) {
                connection = try connect(deadline)
            } catch {
                // That the time was over tells less.
                throw refusal ?? error
            }
            do throws(StoreError) {
                try admit(connection.timeline, at: connection.place)
                return connection
            } catch {
                connection.close()
                refusal = error
                // The next attempt may find its successor.
                guard ContinuousClock.now + Self.pause < deadline else { throw error }
                Backoff.sleep(Self.pause)
            }
        }
    }

    /// Notes the timeline of a server that takes writes.
    ///
    /// An old primary that is back does not know that it was replaced: it takes connections as before and, without a
    /// synchronous standby, acknowledges heartbeats too. One that such a standby confirms was not replaced, or has its
    /// place again, unless a newer one has acknowledged anything.
    ///
    /// - Parameter isConfirmed: whether a synchronous standby has confirmed the heartbeat that the server acknowledged;
    ///   `nil` if it has acknowledged none.
    /// - Throws: `StoreError.Kind.unavailable` if a newer one was met before. It is doubted.
    func admit(
        _ timeline: Int64, at place: PostgreSQLTarget.Place, heartbeat isConfirmed: Bool? = nil
    ) throws(StoreError) {
        if isConfirmed == true, timeline >= newestAcknowledged.load(ordering: .acquiring) {
            newestTimeline.store(timeline, ordering: .releasing)
        }
        let newest = newestTimeline.max(timeline, ordering: .acquiringAndReleasing).newValue
        guard timeline < newest else {
            if isConfirmed != nil { newestAcknowledged.max(timeline, ordering: .acquiringAndReleasing) }
            return
        }
        target.findings.doubted.insert(place)
        throw StoreError(
            .unavailable,
            "\(place.host) is on timeline \(timeline), and \(newest) was met before: stop this server if another one "
                + "has taken its place; if it is the right one, as after the restoration of a backup, restart the "
                + "responders")
    }

    /// Tells that a newer timeline was met than the one of a connection.
    func isOutdated(_ connection: PostgreSQLConnection) -> Bool {
        connection.timeline < newestTimeline.load(ordering: .acquiring)
    }

    /// Tells that a connection may be used now: it is of the present generation, the server has not closed it, and it
    /// leads to the server that acknowledges the heartbeats.
    func isUsable(_ pooled: PooledConnection) -> Bool {
        pooled.generation == currentGeneration && pooled.connection.isOpen && isTrusted(pooled.connection)
    }

    private func isTrusted(_ connection: PostgreSQLConnection) -> Bool {
        fence.trusts(timeline: connection.timeline) && (fence.hasTimeline || !isOutdated(connection))
    }

    /// Opens a connection to the server that acknowledges the heartbeats, or to the newest if there are none.
    ///
    /// - Throws: as `open` does; `StoreError.Kind.unavailable` if another server answers until the deadline.
    func openTrusted(deadline: ContinuousClock.Instant) throws -> PooledConnection {
        guard fence.hasTimeline else { return try open(deadline: deadline) }
        while true {
            // Whichever it is: the heartbeats say which one is right, and not the timeline.
            let pooled = try open(deadline, connecting: connect)
            if isTrusted(pooled.connection) { return pooled }
            // A newer one is for the heartbeats to find.
            if isOutdated(pooled.connection) { target.findings.doubted.insert(pooled.connection.place) }
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
