import Identity

// The statements.
extension PostgreSQLTransaction {
    @discardableResult
    func run<each Value: SQLValue>(_ sql: String, _ values: repeat each Value) -> SQLResult<Int> {
        result(of: statement(sql, repeat each values)) { $0.affected }
    }

    func first<Found, each Value: SQLValue>(
        _ sql: String, _ values: repeat each Value, read: @escaping (PostgreSQLRow) throws -> Found
    ) -> SQLResult<Found?> {
        result(of: statement(sql, repeat each values)) { try $0.first(read) }
    }

    func all<Found, each Value: SQLValue>(
        _ sql: String, _ values: repeat each Value, read: @escaping (PostgreSQLRow) throws -> Found
    ) -> SQLResult<[Found]> {
        result(of: statement(sql, repeat each values)) { try $0.all(read) }
    }

    func rows<Found>(
        of query: SQLFragment, read: @escaping (PostgreSQLRow) throws -> Found
    ) -> SQLResult<[Found]> {
        result(of: statement(query)) { try $0.all(read) }
    }

    func count(_ query: SQLFragment) -> SQLResult<(rows: Int, work: Int)> {
        let start = ContinuousClock.now
        return result(of: statement(query)) { result in
            let rows = Int(try result.first { try $0.number(0) } ?? 0)
            return (rows, ListWork.units(rows: rows, time: start.duration(to: .now)))
        }
    }

    private func statement<each Value: SQLValue>(
        _ sql: String, _ values: repeat each Value
    ) -> PostgreSQLStatement {
        var arguments: [SQLArgument] = []
        repeat arguments.append((each values).argument)
        return PostgreSQLStatement(sql, taken(arguments))
    }

    private func statement(_ query: SQLFragment) -> PostgreSQLStatement {
        PostgreSQLStatement(query.text, taken(query.values))
    }

    /// The values as PostgreSQL takes them: in a read, a text from outside is found or not, and never an error. A write
    /// never changes the text that it keeps.
    private func taken(_ values: [SQLArgument]) -> [SQLArgument] {
        mode == .write ? values : values.map(\.sought)
    }
}

/// The work of counting on PostgreSQL, in the unit of `ListTotals`: steps of SQLite's virtual machine.
///
/// A row takes some five steps there. PostgreSQL does not tell how many rows it looked at to find those that it
/// counted, so that a count which took a quarter of a second is work too, however few rows it found.
enum ListWork {
    static let stepsPerRow = 5
    static let long = Duration.milliseconds(250)

    static func units(rows: Int, time: Duration) -> Int {
        let counted = rows.multipliedReportingOverflow(by: stepsPerRow)
        let work = counted.overflow ? Int.max : counted.partialValue
        return time < long ? work : max(work, ListTotals.remembered)
    }
}
