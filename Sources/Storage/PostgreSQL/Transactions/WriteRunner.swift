import Identity
import Synchronization
import System

/// The way of a write to the database: a connection, a transaction, and what follows if one of them fails.
///
/// A transaction that was undone runs again, three times at most and within one deadline, and with it the rules of the
/// domain. One that may have been committed is looked for (`CommitSearch`).
struct WriteRunner: Sendable {
    /// The most times that one write is tried.
    static let mostTries = 3

    let pools: ConnectionPools
    let counters: WriteCounters
    let backoff: Backoff
    /// The time of one write, all tries and waits together.
    var patience = Duration.seconds(5)

    /// The end of a write that was committed, or undone by itself.
    struct Outcome<Value> {
        let value: Value
        /// Tells that it may have taken a right away.
        let mayRevoke: Bool
        /// The timeline of the server that has it; `nil` if nothing told it.
        let timeline: Int64?
    }

    /// Runs a write.
    ///
    /// - Throws: `StoreError`, `PostgreSQLError`, and as `body` does.
    func run<Value>(_ body: (PostgreSQLTransaction) throws -> Completion<Value>) throws -> Outcome<Value> {
        let deadline = ContinuousClock.now + patience
        let search = CommitSearch(source: pools.source, deadline: deadline)
        var lost: [LostCommit<Value>] = []
        var tries = 0
        while true {
            tries += 1
            var attempt = Attempt()
            do {
                switch try self.attempt(&attempt, deadline, body) {
                case .done(let outcome):
                    // A former try that nobody found may have been done meanwhile, and this one have met it.
                    return try committed(among: lost, search) ?? outcome
                case .lost(let commit):
                    counters.ambiguousCommits.add(1, ordering: .relaxed)
                    switch try search.outcome(of: commit) {
                    case .committed(let timeline): return commit.outcome(on: timeline)
                    case .undone: break
                    case .notFound: lost.append(commit)
                    }
                    guard tries < Self.mostTries else { throw StoreError.uncertain(commit.error.message) }
                }
            } catch let error as StoreError where error.kind == .uncertain {
                throw error
            } catch {
                if error is PostgreSQLError { counters.noteFailure() }
                if let done = try committed(among: lost, search) { return done }
                do {
                    guard let failure = error as? PostgreSQLError else { throw error }
                    try prepare(after: failure, of: attempt, tries, deadline)
                } catch {
                    // Whatever this try says, a former one may have been done.
                    guard let commit = lost.first else { throw error }
                    throw StoreError.uncertain(commit.error.message)
                }
            }
            counters.retries.add(1, ordering: .relaxed)
        }
    }

    /// The outcome of the first of some lost tries that turns out to be done.
    private func committed<Value>(
        among lost: [LostCommit<Value>], _ search: CommitSearch
    ) throws -> Outcome<Value>? {
        for commit in lost {
            if case .committed(let timeline) = try search.outcome(of: commit) { return commit.outcome(on: timeline) }
        }
        return nil
    }

    /// The parts of a try that its successor needs to know.
    private struct Attempt {
        var generation: Int?
        var months: Set<Int64> = []
    }

    private enum End<Value> {
        case done(Outcome<Value>)
        case lost(LostCommit<Value>)
    }

    private func attempt<Value>(
        _ attempt: inout Attempt, _ deadline: ContinuousClock.Instant,
        _ body: (PostgreSQLTransaction) throws -> Completion<Value>
    ) throws -> End<Value> {
        try pools.writers.lend(until: deadline) { pooled in
            attempt.generation = pooled.generation
            let transaction = PostgreSQLTransaction(pooled.connection, .write, deadline: deadline)
            defer { attempt.months = Set(transaction.events.map(\.time)) }
            let start = ContinuousClock.now
            return try transaction.undoneOnFailure {
                switch try body(transaction) {
                case .rollback(let value):
                    transaction.rollback()
                    return .done(Outcome(value: value, mayRevoke: false, timeline: nil))
                case .commit(let value):
                    return try commit(transaction, value, start)
                }
            }
        }
    }

    private func commit<Value>(
        _ transaction: PostgreSQLTransaction, _ value: Value, _ start: ContinuousClock.Instant
    ) throws -> End<Value> {
        let worked = ContinuousClock.now
        do {
            try transaction.commit()
        } catch let error as PostgreSQLError where transaction.sentCommit {
            if error.kind == .warning { throw StoreError.uncertain(error.message) }
            if transaction.isNeverRepeated {
                counters.ambiguousCommits.add(1, ordering: .relaxed)
                return .done(Outcome(value: value, mayRevoke: false, timeline: nil))
            }
            return .lost(
                LostCommit(
                    value: value, mayRevoke: transaction.mayRevoke, trace: transaction.trace,
                    events: transaction.events, start: start, loss: .now, error: error))
        }
        counters.note(.now - worked)
        return .done(
            Outcome(value: value, mayRevoke: transaction.mayRevoke, timeline: transaction.trace?.timeline))
    }

    /// Does what has to come before the next try, and waits for a moment.
    ///
    /// - Throws: the error of the last one if there is no next one.
    private func prepare(
        after error: PostgreSQLError, of attempt: Attempt, _ tries: Int, _ deadline: ContinuousClock.Instant
    ) throws {
        guard tries < Self.mostTries, .now < deadline else { throw error }
        switch Recovery(error) {
        case .none: throw error
        case .unnamed: break
        case .again, .reconnect: backoff.wait(before: tries, until: deadline)
        case .elsewhere:
            if let generation = attempt.generation { pools.giveUp(generation) }
        case .missingMonth:
            // In vain if there was another reason: then the next tries meet it again.
            guard !attempt.months.isEmpty else { throw error }
            try AuditMonths.make(for: attempt.months, pools.writers, deadline)
        }
    }
}

/// A commit whose answer did not come, so that it may have been done.
struct LostCommit<Value> {
    let value: Value
    /// Tells that it may take a right away.
    let mayRevoke: Bool
    let trace: CommitTrace?
    /// The entries of the audit log that it wrote.
    let events: [(id: Int64, time: Int64)]
    /// The moment at which the transaction began.
    let start: ContinuousClock.Instant
    /// The moment at which the connection was given up.
    let loss: ContinuousClock.Instant
    let error: PostgreSQLError

    /// The outcome if a server has the transaction: its timeline counts, since the server of the commit may have
    /// been replaced meanwhile.
    func outcome(on timeline: Int64) -> WriteRunner.Outcome<Value> {
        WriteRunner.Outcome(value: value, mayRevoke: mayRevoke, timeline: timeline)
    }
}

extension StoreError {
    /// The error of a write that may have been done.
    static func uncertain(_ reason: String) -> StoreError {
        StoreError(
            .uncertain, "the database did not say in time whether a write was done, and it may have been: \(reason)")
    }
}
