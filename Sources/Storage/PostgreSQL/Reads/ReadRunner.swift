import Identity
import Synchronization

/// The way of a read to the database. One that fails for a lost connection is done again, since it changes nothing.
struct ReadRunner: Sendable {
    let pools: ConnectionPools
    let counters: WriteCounters
    let backoff: Backoff
    /// The time of one read, all tries and waits together.
    var patience = Duration.seconds(5)

    /// Runs statements, each of which sees its own state.
    func statements<Value>(
        _ pool: ConnectionPool, within patience: Duration? = nil, _ body: (PostgreSQLTransaction) throws -> Value
    ) throws -> Value {
        try run(pool, .statements, within: patience) { try body($0) }
    }

    /// Runs statements that see one state. The transaction ends along with the results that `body` left unread.
    func snapshot<Value>(
        _ pool: ConnectionPool, _ mode: PostgreSQLTransaction.Mode,
        _ body: (PostgreSQLTransaction) throws -> SQLResult<Value>
    ) throws -> Value {
        try run(pool, mode, within: nil) { transaction in
            let result = try body(transaction)
            try transaction.commit()
            return try result.value
        }
    }

    private func run<Value>(
        _ pool: ConnectionPool, _ mode: PostgreSQLTransaction.Mode, within limit: Duration?,
        _ body: (PostgreSQLTransaction) throws -> Value
    ) throws -> Value {
        let deadline = ContinuousClock.now + (limit ?? patience)
        var tries = 0
        while true {
            tries += 1
            let generation = pools.source.currentGeneration
            do {
                return try attempt(pool, mode, deadline, body)
            } catch let error as PostgreSQLError {
                guard tries < WriteRunner.mostTries, .now < deadline else { throw error }
                switch Recovery(error) {
                case .none, .missingMonth: throw error
                case .unnamed: break
                case .again, .reconnect: backoff.wait(before: tries, until: deadline)
                case .elsewhere: pools.giveUp(generation)
                }
                counters.retries.add(1, ordering: .relaxed)
            }
        }
    }

    private func attempt<Value>(
        _ pool: ConnectionPool, _ mode: PostgreSQLTransaction.Mode, _ deadline: ContinuousClock.Instant,
        _ body: (PostgreSQLTransaction) throws -> Value
    ) throws -> Value {
        try pool.lend(until: deadline) { pooled in
            let transaction = PostgreSQLTransaction(pooled.connection, mode, deadline: deadline)
            return try transaction.undoneOnFailure { try body(transaction) }
        }
    }
}
