import GRDB
import GRDBSQLite
import Synchronization

/// The totals of long lists, remembered for a moment, so that who turns pages does not have everything counted at each.
///
/// A list that is counted quickly is counted each time, so its total is always exact.
final class ListTotals: Sendable {
    /// From how many steps of SQLite's virtual machine on a total is remembered: those take about 2 ms, and count some
    /// 20,000 rows.
    static let remembered = 100_000
    /// For how long.
    static let lifetime = Duration.seconds(10)
    /// The most lists whose totals are remembered.
    static let mostLists = 256

    private struct Total {
        let count: Int
        let end: ContinuousClock.Instant
    }

    private let totals = Mutex<[String: Total]>([:])

    /// The total of a list: the remembered one, else that which `count` finds.
    ///
    /// - Parameters:
    ///   - list: what tells the list from all others.
    ///   - count: counts, and adds to its argument what that cost.
    func total(of list: String, count: (_ cost: inout Int) throws -> Int) rethrows -> Int {
        let now = ContinuousClock.now
        if let known = totals.withLock({ $0[list] }), known.end > now { return known.count }
        var cost = 0
        let counted = try count(&cost)
        guard cost >= Self.remembered else { return counted }
        totals.withLock { totals in
            if totals.count >= Self.mostLists { totals = totals.filter { $0.value.end > now } }
            if totals.count < Self.mostLists { totals[list] = Total(count: counted, end: now + Self.lifetime) }
        }
        return counted
    }
}

/// The work that a statement took.
enum StatementCost {
    /// The steps of SQLite's virtual machine since this was asked last.
    static func take(_ statement: Statement) -> Int {
        unsafe Int(sqlite3_stmt_status(statement.sqliteStatement, SQLITE_STMTSTATUS_VM_STEP, 1))
    }
}
