import Synchronization

/// The servers that took a connection and then turned out not to acknowledge, or to be older than another one.
///
/// An old primary that was replaced takes every connection, says that it takes writes, and may do so faster than its
/// successor. So all others are asked before it (`ConnectionRace`), until a heartbeat is acknowledged there.
final class DoubtedServers: Sendable {
    /// The time after which a doubt ends by itself, so that one which was wrong costs no more: three times that for
    /// which responders trust a server without a heartbeat.
    static let lifetime: Duration = .seconds(30)

    private let ends = Mutex<[PostgreSQLTarget.Place: ContinuousClock.Instant]>([:])

    /// Doubts a server from now on.
    func insert(_ place: PostgreSQLTarget.Place, at now: ContinuousClock.Instant = .now) {
        ends.withLock { ends in
            // Names may lead to other addresses each time.
            ends = ends.filter { $0.value > now }
            ends[place] = now + Self.lifetime
        }
    }

    /// Ends the doubt of a server.
    func remove(_ place: PostgreSQLTarget.Place) { ends.withLock { $0[place] = nil } }

    /// Tells whether a server is doubted.
    func contains(_ place: PostgreSQLTarget.Place, at now: ContinuousClock.Instant = .now) -> Bool {
        ends.withLock { $0[place].map { now < $0 } ?? false }
    }
}
