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
