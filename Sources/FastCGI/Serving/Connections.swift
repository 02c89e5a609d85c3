import Glibc
import Synchronization
import System

/// The open connections: a count of all, and a table of those that wait. A connection that a thread has in hand is not
/// in the table, so each has exactly one owner.
final class Connections: Sendable {
    private struct Entry {
        let descriptor: Int32
        let state: ConnectionState
        let hasServedNone: Bool
        let since: ContinuousClock.Instant
    }

    /// The entries of every 64th descriptor. The kernel gives out the lowest number that is free, so an array of them
    /// has few gaps, and needs neither a hash nor memory for each request.
    private struct Shard {
        var entries: [Entry?] = []
        var counts = Counts()

        mutating func insert(_ entry: Entry) {
            let index = Int(entry.descriptor) / Connections.shardCount
            while entries.count <= index { entries.append(nil) }
            precondition(entries[index] == nil, "the connection is in the table already")
            entries[index] = entry
            counts[entry.state] += 1
        }

        func entry(of descriptor: Int32) -> Entry? {
            let index = Int(descriptor) / Connections.shardCount
            return index < entries.count ? entries[index] : nil
        }

        mutating func remove(_ entry: Entry) {
            entries[Int(entry.descriptor) / Connections.shardCount] = nil
            counts[entry.state] -= 1
        }
    }

    /// The numbers of connections in each state.
    struct Counts {
        private var waiting = [9 of Int](repeating: 0)
        /// Connections that a thread has in hand.
        fileprivate(set) var inHand = 0

        fileprivate(set) subscript(state: ConnectionState) -> Int {
            get { waiting[Int(state.rawValue)] }
            set { waiting[Int(state.rawValue)] = newValue }
        }

        /// Connections with a request that is being answered, or waits to be.
        var unanswered: Int { inHand + self[.parked] + self[.delayed] }
    }

    /// With 64 parts, threads hardly ever meet at a lock: one that all take at each request costs more than the
    /// request.
    private static let shardCount = 64

    /// Watches those that are `ready`, for the workers.
    let ready: Poller
    /// Watches those whose peers have something to finish, for `ConnectionWatcher`.
    let unfinished: Poller
    private let open = Atomic(0)
    private let shards = Sharded(Shard(), count: shardCount)

    init() throws(SystemError) { (ready, unfinished) = (try Poller(), try Poller()) }

    /// Counts a connection that is about to be accepted.
    func opened() { open.add(1, ordering: .sequentiallyConsistent) }

    /// Counts a connection out that has been closed, or never came.
    func closed() { open.subtract(1, ordering: .sequentiallyConsistent) }

    /// Closes a connection.
    func close(_ connection: consuming Connection) {
        _ = Glibc.close(connection.descriptor)
        closed()
    }

    /// Gives a connection to the table, in a state in which it waits, and has it watched. From here on another thread
    /// may have it. If the kernel has no room to watch it, it is closed.
    func put(_ connection: consuming Connection) {
        let (descriptor, state) = (connection.descriptor, connection.state)
        precondition(state.isWaiting, "a connection that is \(state) does not wait")
        let entry = Entry(
            descriptor: descriptor, state: state, hasServedNone: connection.hasServedNone, since: .now)
        shards.withLock(descriptor) { $0.insert(entry) }
        do throws(SystemError) {
            if state == .ready {
                try ready.arm(descriptor, for: .once)
            } else if state.isWatched {
                try unfinished.arm(descriptor, for: .eachArrival)
            }
        } catch {
            if let connection = take(descriptor, on: .unwatched) { close(connection) }
        }
    }

    /// Takes a connection out of the table, by an event that leads on from the state in which it waits there.
    ///
    /// - Returns: the connection after the step; `nil` if it is not in the table, or the event is to be ignored:
    ///   then, mostly, another thread was faster.
    func take(_ descriptor: Int32, on event: ConnectionState.Event) -> Connection? {
        let taken: Entry? = shards.withLock(descriptor) { shard in
            guard let entry = shard.entry(of: descriptor), entry.state.step(on: event)?.action != .ignore else {
                return nil
            }
            shard.remove(entry)
            return entry
        }
        guard let taken else { return nil }
        if taken.state.isWatched { unfinished.forget(descriptor) }
        var connection = Connection(descriptor, state: taken.state, hasServedNone: taken.hasServedNone)
        connection.apply(event)
        return connection
    }

    /// The state in which a connection waits; `nil` if it is not in the table.
    func state(of descriptor: Int32) -> ConnectionState? {
        shards.withLock(descriptor) { $0.entry(of: descriptor)?.state }
    }

    /// The descriptors of the connections that have been in a state since `latest` or longer.
    ///
    /// - Parameter hasServedNone: only those of which that is so; `nil` for all.
    func list(
        _ state: ConnectionState, since latest: ContinuousClock.Instant = .now, hasServedNone: Bool? = nil
    ) -> [Int32] {
        let parts = shards.mapShards { shard -> [Int32] in
            if shard.counts[state] == 0 { return [] }
            return shard.entries.compactMap { entry in
                guard let entry, entry.state == state, entry.since <= latest else { return nil }
                return hasServedNone == nil || entry.hasServedNone == hasServedNone ? entry.descriptor : nil
            }
        }
        return Array(parts.joined())
    }

    /// True if there is none, neither in hand nor in the table.
    var isEmpty: Bool { open.load(ordering: .sequentiallyConsistent) == 0 }

    /// The numbers of connections, each at one moment after the other.
    var counts: Counts {
        var counts = Counts()
        let open = open.load(ordering: .sequentiallyConsistent)
        var waiting = 0
        for part in shards.mapShards({ $0.counts }) {
            for state in ConnectionState.allCases {
                counts[state] += part[state]
                waiting += part[state]
            }
        }
        counts.inHand = max(0, open - waiting)
        return counts
    }
}
