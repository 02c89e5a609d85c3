import CSQLite
import Identity

/// The shared operations' way to SQLite, where each statement runs at once.
final class SQLiteTransaction: SQLTransaction {
    typealias Dialect = SQLiteDialect

    let connection: SQLiteConnection
    /// Tells that some part of it may have changed or removed rows that a `Principal` is read from.
    private(set) var changesPrincipals = false
    private var leavesThem = false
    /// One transaction writes at a time, so no lock is needed: but each run in a test proves the order of the locks.
    private var order = LockOrder()

    init(_ connection: SQLiteConnection) { self.connection = connection }

    /// Runs one write, which changes principals unless it declares that it does not.
    func part(_ body: (SQLiteTransaction) throws -> Completion<Void>) throws -> Completion<Void> {
        leavesThem = false
        order = LockOrder()
        defer { if !leavesThem { changesPrincipals = true } }
        return try body(self)
    }

    var server: StoreServer { .only }

    func leavesPrincipals() { leavesThem = true }

    func lock(_ lock: SQLLock) throws { order.take(lock) }
    func toleratesLoss(repeats: Bool) {}

    func noteErasure() throws {
        try run("INSERT OR REPLACE INTO erasure (id, number) VALUES (1, random())")
    }

    @discardableResult
    func run<each Value: SQLValue>(_ sql: String, _ values: repeat each Value) throws -> SQLResult<Int> {
        SQLResult(try connection.run(sql, repeat each values))
    }

    func first<Found, each Value: SQLValue>(
        _ sql: String, _ values: repeat each Value, read: (SQLiteRow) throws -> Found
    ) throws -> SQLResult<Found?> {
        SQLResult(try connection.first(sql, repeat each values, read: read))
    }

    func all<Found, each Value: SQLValue>(
        _ sql: String, _ values: repeat each Value, read: (SQLiteRow) throws -> Found
    ) throws -> SQLResult<[Found]> {
        SQLResult(try connection.all(sql, repeat each values, read: read))
    }

    func rows<Found>(of query: SQLFragment, read: (SQLiteRow) throws -> Found) throws -> SQLResult<[Found]> {
        var found: [Found] = []
        try connection.statement(query.text).each(query.values) { row in
            found.append(try read(row))
            return true
        }
        return SQLResult(found)
    }

    func count(_ query: SQLFragment) throws -> SQLResult<(rows: Int, work: Int)> {
        let statement = try connection.statement(query.text)
        var rows = 0
        try statement.each(query.values) { row in
            rows = Int(try row.number(0))
            return false
        }
        return SQLResult((rows, statement.takeSteps()))
    }
}

extension SQLiteTransaction {
    func removeAudit(before moment: Timestamp, limit: Int) throws -> SQLResult<Int> {
        try run(
            """
            WITH pruning AS (
                SELECT sequence, unixepoch(substr(details, instr(details, '"before":"') + 10, 20)) AS before
                FROM audit_event INDEXED BY audit_event_pruning WHERE kind = 'audit.pruned'
                ORDER BY sequence DESC LIMIT 1)
            DELETE FROM audit_event WHERE sequence IN (
                SELECT event.sequence FROM pruning CROSS JOIN audit_event AS event INDEXED BY audit_event_time
                WHERE event.time < $1 AND event.time < pruning.before AND event.sequence < pruning.sequence LIMIT $2)
            """, moment, limit)
    }
}
