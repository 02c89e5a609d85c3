import Identity

/// The shared operations' way to PostgreSQL, where a statement waits until a result is read: then all that wait are
/// sent at once, in one round trip.
///
/// One thread uses it, for the time for which it has the connection.
final class PostgreSQLTransaction: SQLTransaction {
    typealias Row = PostgreSQLRow
    typealias Dialect = PostgreSQLDialect

    /// The kinds of transactions.
    enum Mode {
        /// Statements on their own, each of which sees its own state.
        case statements
        /// Several statements that see one state and write nothing.
        case snapshot
        /// The same, of the part of the audit log that is complete (`AuditHorizon`).
        case audit
        /// A write.
        case write
    }

    /// The place of one statement's result, which the next flush fills.
    private final class Slot {
        var result: PostgreSQLResult?
    }

    private let connection: PostgreSQLConnection
    private let deadline: ContinuousClock.Instant
    private let mode: Mode
    private var queue: [(statement: PostgreSQLStatement, slot: Slot)] = []
    /// The error of a flush: nothing goes on after it.
    private var failure: (any Error)?
    private var order = LockOrder()
    private var traceSlot: Slot?
    private var hasBegun = false
    private var leavesThem = false
    private var toleratesItsLoss = false
    /// Tells that it counts as done where its commit was not answered.
    private(set) var isNeverRepeated = false
    /// Tells that COMMIT is on its way, or may be.
    private(set) var sentCommit = false
    /// The round trips so far.
    private(set) var roundTrips = 0
    /// The entries of the audit log that it writes.
    private(set) var events: [(id: Int64, time: Int64)] = []

    init(_ connection: PostgreSQLConnection, _ mode: Mode, deadline: ContinuousClock.Instant) {
        (self.connection, self.mode, self.deadline) = (connection, mode, deadline)
    }

    /// The server by its timeline: each promotion begins another one.
    var server: StoreServer { StoreServer(number: connection.timeline) }

    func leavesPrincipals() { leavesThem = true }

    func toleratesLoss(repeats: Bool) { (toleratesItsLoss, isNeverRepeated) = (true, !repeats) }

    func willRecord(_ event: AuditEvent) {
        if events.isEmpty { _ = result(of: AuditHorizon.lock) { _ in () } }
        events.append((event.id.column, event.time.secondsSince1970))
    }

    /// Tells that it may take a right away that a `Principal` has, so that its acknowledgement counts everywhere.
    var mayRevoke: Bool { !leavesThem && !toleratesItsLoss }

    // Dead rows are the server's business: VACUUM removes them, and the log is replaced by checkpoints.
    func noteErasure() {}
}

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

    /// Queues a statement in PostgreSQL's own terms.
    func result<Value>(
        of statement: PostgreSQLStatement, _ read: @escaping (PostgreSQLResult) throws -> Value
    ) -> SQLResult<Value> {
        let slot = Slot()
        queue.append((statement, slot))
        return SQLResult(fetching: { try read(self.fetch(slot)) })
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

// The locks, each a statement of its own before the one that reads: a statement that has waited reads only the locked
// row anew.
extension PostgreSQLTransaction {
    func lock(_ lock: SQLLock) {
        order.take(lock)
        switch lock {
        case .account(.id(let id)): run("SELECT 1 FROM account WHERE id = $1 FOR NO KEY UPDATE", id)
        case .account(.emailKey(let key)):
            run("SELECT 1 FROM account WHERE email_key = $1 FOR NO KEY UPDATE", key.sought)
        case .account(.user(let id)):
            run(
                """
                SELECT 1 FROM account WHERE id = (SELECT account_id FROM "user" WHERE id = $1) FOR NO KEY UPDATE
                """, id)
        case .accounts(let condition):
            _ = rows(of: "SELECT 1 FROM account WHERE \(condition) ORDER BY id FOR NO KEY UPDATE") { _ in () }
        case .installation: lockName("installation")
        case .organizations(let organizations):
            let ids = organizations.map(\.column).sorted()
            _ = result(
                of: PostgreSQLStatement(
                    "SELECT 1 FROM organization WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
                    parameters: [.integers(ids)])
            ) { _ in () }
        case .deletion(let id): run("SELECT 1 FROM organization WHERE id = $1 FOR UPDATE", id)
        case .credential: break
        case .throttle(let keys):
            // Of a row that is not there yet nothing can be locked. In one order, or two that wait for each other's
            // next key would both be undone.
            let ids = Set(keys.map(\.lockNumber)).sorted()
            guard !ids.isEmpty else { return }
            lockName("throttle", isShared: true)
            _ = result(
                of: PostgreSQLStatement(
                    "SELECT pg_advisory_xact_lock(number) FROM unnest($1) AS number", parameters: [.integers(ids)])
            ) { _ in () }
        case .allThrottles: lockName("throttle")
        case .audit: lockName("audit")
        }
    }

    /// Takes a lock on something that is no row, by its name and that of the schema.
    ///
    /// - Parameter isShared: whether others may have it too that share it.
    private func lockName(_ name: String, isShared: Bool = false) {
        let function = isShared ? "pg_advisory_xact_lock_shared" : "pg_advisory_xact_lock"
        let key = "\(PostgreSQLSchema.advisoryLock), hashtext(current_schema() || '.' || $1)"
        run("SELECT \(function)(\(key))", name)
    }

    func removeAudit(before moment: Timestamp, limit: Int) throws -> SQLResult<Int> {
        try first("SELECT prune_audit($1, $2)", moment, limit) { Int(try $0.number(0)) }.map { $0 ?? 0 }
    }
}

// The way to the server.
extension PostgreSQLTransaction {
    /// Ends a write, or a snapshot, along with all that still waits.
    ///
    /// - Throws: `PostgreSQLError`; where `sentCommit` is true then, it may have been done all the same.
    func commit() throws {
        guard hasBegun || !queue.isEmpty else { return }
        try flush(last: true)
    }

    /// Undoes a write, as far as the server has to be told.
    func rollback() {
        queue = []
        guard hasBegun, !sentCommit, connection.isOpen else { return }
        // Where it fails, the connection is in a transaction, or closed, and goes no further.
        _ = try? connection.exchange([PostgreSQLStatement("ROLLBACK")], deadline: deadline)
    }

    /// The transaction of a write, by which it is found again.
    var trace: CommitTrace? {
        guard let result = traceSlot?.result else { return nil }
        return try? result.first { CommitTrace(transaction: try $0.number(0), timeline: try $0.number(1)) }
    }

    private func fetch(_ slot: Slot) throws -> PostgreSQLResult {
        if let result = slot.result { return result }
        if let failure { throw failure }
        try flush(last: false)
        guard let result = slot.result else { throw StoreError(.unexpected, "a statement was never sent") }
        return result
    }

    /// Sends all that waits, in one round trip, and takes the results.
    ///
    /// - Parameter last: ends the transaction in the same round trip.
    private func flush(last: Bool) throws {
        var sent = queue
        queue = []
        if !hasBegun, mode != .statements {
            hasBegun = true
            sent.insert(contentsOf: mode.start.map { (PostgreSQLStatement($0), Slot()) }, at: 0)
            if mode == .write, !last, !toleratesItsLoss { sent.append(makeTrace()) }
        }
        if last, mode != .statements {
            if mode == .write, toleratesItsLoss {
                sent.append((PostgreSQLStatement("SET LOCAL synchronous_commit = off"), Slot()))
            } else if mode == .write, mayRevoke, traceSlot == nil {
                sent.append(makeTrace())
            }
            sent.append((PostgreSQLStatement("COMMIT"), Slot()))
        }
        guard !sent.isEmpty else { return }
        do {
            try exchange(sent, commits: last && mode == .write)
        } catch {
            failure = error
            throw error
        }
    }

    private func makeTrace() -> (PostgreSQLStatement, Slot) {
        let slot = Slot()
        traceSlot = slot
        return (CommitTrace.statement, slot)
    }

    private func exchange(_ sent: [(statement: PostgreSQLStatement, slot: Slot)], commits: Bool) throws {
        sentCommit = commits
        roundTrips += 1
        let results: [PostgreSQLResult]
        do throws(PostgreSQLError) {
            results = try connection.exchange(sent.map(\.statement), deadline: deadline)
        } catch {
            if commits { sentCommit = error.mayHaveRun(sent.count - 1) }
            throw error
        }
        for (sent, result) in zip(sent, results) { sent.slot.result = result }
        guard mode == .write else { return }
        if let warning = results.warnings.first { throw PostgreSQLError(.warning, warning, wasSent: true) }
        if commits, let command = results.last?.command, command != "COMMIT" {
            sentCommit = false
            throw PostgreSQLError(.server, "the transaction ended with \(command)", wasSent: true)
        }
    }
}

extension PostgreSQLTransaction.Mode {
    /// The statements that begin such a transaction.
    fileprivate var start: [String] {
        switch self {
        case .statements: []
        case .snapshot: [Self.snapshotStart]
        // Two transactions: the horizon has to be older than the snapshot.
        case .audit: ["BEGIN READ ONLY", AuditHorizon.setting, "COMMIT", Self.snapshotStart]
        case .write: ["BEGIN ISOLATION LEVEL READ COMMITTED"]
        }
    }

    private static let snapshotStart = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
}

extension PostgreSQLError {
    /// Tells that a statement of an exchange that ended with this error may have run.
    ///
    /// The server works through them one after the other: one that it refused stops all behind it.
    fileprivate func mayHaveRun(_ index: Int) -> Bool {
        guard wasSent else { return false }
        return kind == .server ? false : statementIndex.map { $0 >= index } ?? true
    }
}
