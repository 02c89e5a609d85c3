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
    let mode: Mode
    private var queue: [(statement: PostgreSQLStatement, slot: Slot)] = []
    /// The error of a flush: nothing goes on after it.
    private var failure: (any Error)?
    var order = LockOrder()
    private var traceSlot: Slot?
    private var hasBegun = false
    private var leavesThem = false
    private var toleratesItsLoss = false
    /// Tells that it counts as done if its commit was not answered.
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

    /// The server by its timeline, since each promotion begins another one, and by its start.
    var server: StoreServer { StoreServer(number: connection.timeline, start: connection.serverStart) }

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

// The way to the server.
extension PostgreSQLTransaction {
    /// Queues a statement in PostgreSQL's own terms.
    func result<Value>(
        of statement: PostgreSQLStatement, _ read: @escaping (PostgreSQLResult) throws -> Value
    ) -> SQLResult<Value> {
        let slot = Slot()
        queue.append((statement, slot))
        return SQLResult(fetching: { try read(self.fetch(slot)) })
    }

    /// Ends a write, or a snapshot, along with all that still waits.
    ///
    /// - Throws: `PostgreSQLError`; if `sentCommit` is true then, it may have been done all the same.
    func commit() throws {
        guard hasBegun || !queue.isEmpty else { return }
        try flush(last: true)
    }

    /// Undoes a write, as far as the server has to be told.
    func rollback() {
        queue = []
        guard hasBegun, !sentCommit, connection.isOpen else { return }
        // If it fails, the connection is in a transaction, or closed, and goes no further.
        _ = try? connection.exchange([PostgreSQLStatement("ROLLBACK")], deadline: deadline)
    }

    /// Runs a part of the transaction, and undoes the whole if it fails.
    func undoneOnFailure<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            rollback()
            throw error
        }
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
