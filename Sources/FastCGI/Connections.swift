import Glibc
import Synchronization
import System

/// The open connections and where each one is, so that it always has exactly one owner: the thread that has taken it.
final class Connections: Sendable {
    /// Where a connection waits that no thread has in hand.
    enum Place: Sendable {
        /// For a request, or with a whole one, for a worker.
        case ready
        /// With a part of a request, for the rest.
        case incomplete
        /// With the rest of a request that has been answered, for the peer to notice and to close it.
        case leaving
        /// With a request that has been read and waits to be answered anew, for its peer to go away. Counted as in hand.
        case parked
    }

    private struct Entry {
        let place: Place
        let isFresh: Bool
        let since: ContinuousClock.Instant
    }

    /// How many connections there are in hand and at each place.
    struct Counts: Equatable {
        var inHand = 0
        var ready = 0
        var incomplete = 0
        var leaving = 0

        fileprivate mutating func add(_ number: Int, at place: Place) {
            switch place {
            case .ready: ready += number
            case .incomplete: incomplete += number
            case .leaving: leaving += number
            case .parked: break
            }
        }
    }

    /// The entries of some of the connections. There are many of these, so that threads hardly ever meet at one: a lock
    /// that all take at each request makes them wake each other up, which costs more than the request.
    private final class Shard: Sendable {
        struct State {
            var entries: [Int32: Entry] = [:]
            /// Of those alone that are at a place.
            var counts = Counts()
        }

        let state = Mutex(State())
    }

    let ready: Poller
    let incomplete: Poller
    private let open = Atomic(0)
    private let shards = (0..<64).map { _ in Shard() }

    init() throws(ServerError) {
        (ready, incomplete) = try requiring { () throws(SystemError) in (try Poller(), try Poller()) }
    }

    /// Counts a connection that was just accepted, and is in the caller's hand.
    func opened() { open.add(1, ordering: .sequentiallyConsistent) }

    /// Closes a connection that is in the caller's hand.
    func close(_ connection: Int32) {
        _ = Glibc.close(connection)
        closed()
    }

    /// Counts a connection out that was in the caller's hand and has been closed.
    func closed() { open.subtract(1, ordering: .sequentiallyConsistent) }

    /// Puts down a connection that is in the caller's hand. From here on another thread may have it.
    ///
    /// - Parameter isFresh: no request on it has been answered yet.
    func put(_ connection: Int32, at place: Place, isFresh: Bool) {
        let entry = Entry(place: place, isFresh: isFresh, since: .now)
        shard(of: connection).state.withLock { state in
            state.entries[connection] = entry
            state.counts.add(1, at: place)
        }
        do throws(SystemError) {
            switch place {
            case .ready: try ready.arm(connection, for: .once)
            case .incomplete, .leaving, .parked: try incomplete.arm(connection, for: .eachArrival)
            }
        } catch {
            // The kernel has no room to watch it, which a parked one does not need to be answered.
            if place != .parked, take(connection, from: place) != nil { close(connection) }
        }
    }

    /// Takes a connection in hand.
    ///
    /// - Returns: whether it is fresh; `nil` where it is not at that place: then another thread was faster.
    func take(_ connection: Int32, from place: Place) -> Bool? {
        let entry: Entry? = shard(of: connection).state.withLock { state in
            guard let entry = state.entries[connection], entry.place == place else { return nil }
            state.entries[connection] = nil
            state.counts.add(-1, at: place)
            return entry
        }
        if entry != nil && place != .ready { incomplete.forget(connection) }
        return entry?.isFresh
    }

    /// Whether a connection is at a place.
    func has(_ connection: Int32, at place: Place) -> Bool {
        shard(of: connection).state.withLock { $0.entries[connection]?.place == place }
    }

    /// The connections at a place for at least some time; only those that have had an answer, where `isFresh` is false.
    func list(_ place: Place, since: ContinuousClock.Instant = .now, isFresh: Bool? = nil) -> [Int32] {
        shards.flatMap { shard in
            shard.state.withLock { state in
                state.entries.filter { _, entry in
                    entry.place == place && entry.since <= since && (isFresh == nil || entry.isFresh == isFresh)
                }
                .map(\.key)
            }
        }
    }

    /// Whether there is none, neither in hand nor anywhere else.
    var isEmpty: Bool { open.load(ordering: .sequentiallyConsistent) == 0 }

    /// How many there are in hand and at each place, one moment after the other.
    var counts: Counts {
        var counts = Counts()
        let open = open.load(ordering: .sequentiallyConsistent)
        for shard in shards {
            let placed = shard.state.withLock { $0.counts }
            counts.ready += placed.ready
            counts.incomplete += placed.incomplete
            counts.leaving += placed.leaving
        }
        counts.inHand = max(0, open - counts.ready - counts.incomplete - counts.leaving)
        return counts
    }

    private func shard(of connection: Int32) -> Shard { shards[Int(connection) % shards.count] }
}
