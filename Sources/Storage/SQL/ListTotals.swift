import Synchronization

/// The totals of long lists, remembered for a moment, so that turning pages does not count everything at each.
///
/// A list that is counted quickly is counted each time, so its total is always exact.
final class ListTotals: Sendable {
    /// The work from which on a total is remembered, in steps of SQLite's virtual machine: these take about 2 ms, and
    /// count some 20,000 rows.
    static let remembered = 100_000
    /// The time for which a total is remembered.
    static let lifetime = Duration.seconds(10)
    /// The most lists whose totals are remembered.
    static let mostLists = 256

    private struct Total {
        let count: Int
        let end: ContinuousClock.Instant
    }

    private let totals = Mutex<[String: Total]>([:])

    /// The total of a list that is remembered.
    ///
    /// - Parameter list: the name of the list, which no other list has.
    func total(of list: String) -> Int? {
        guard let known = totals.withLock({ $0[list] }), known.end > .now else { return nil }
        return known.count
    }

    /// Remembers a total, if it took long to count.
    ///
    /// - Parameter work: the work that it took.
    func note(_ count: Int, work: Int, of list: String) {
        guard work >= Self.remembered else { return }
        let now = ContinuousClock.now
        totals.withLock { totals in
            if totals.count >= Self.mostLists { totals = totals.filter { $0.value.end > now } }
            if totals.count < Self.mostLists { totals[list] = Total(count: count, end: now + Self.lifetime) }
        }
    }
}
