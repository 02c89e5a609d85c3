/// The way on after an error of PostgreSQL.
enum Recovery: Equatable {
    /// The server undid the transaction, since it met another one: the same again, a little later.
    case again
    /// The log may have no partition for the month of an entry: the same again, once it is made.
    case missingMonth
    /// The connection is lost, before anything was done: the same again, on another one.
    case reconnect
    /// The server only reads: it is no primary any more, so that none of the connections to it is of use.
    case elsewhere
    /// A pooler does not know the names of prepared statements: the same again, without them.
    case unnamed
    /// Nothing helps.
    case none

    /// The way on after an error, by the server's code (https://www.postgresql.org/docs/15/errcodes-appendix.html).
    init(_ error: PostgreSQLError) {
        switch error.kind {
        case .timedOut, .library, .warning, .unreadable: self = .none
        case .lost, .server: self = Self.way(after: error)
        }
    }

    private static func way(after error: PostgreSQLError) -> Recovery {
        guard let state = error.sqlState else { return error.kind == .lost ? .reconnect : .none }
        return switch state {
        // Serialization failure, deadlock.
        case "40001", "40P01": .again
        // A key is taken, or a row that another one names is gone, since another transaction was faster: the rule sees
        // it at the next try. The number of an entry of the audit log is another one in the next microsecond.
        case "23503", "23505": .again
        // A row that no partition takes; or a value that breaks a condition, which stays one when the month is there.
        case "23514": .missingMonth
        case "25006": .elsewhere
        // The server ends, has crashed, starts.
        case "57P01", "57P02", "57P03": .reconnect
        case _ where PostgreSQLError.ofNames.contains(state): .unnamed
        case _ where state.hasPrefix("08"): .reconnect
        default: .none
        }
    }
}
