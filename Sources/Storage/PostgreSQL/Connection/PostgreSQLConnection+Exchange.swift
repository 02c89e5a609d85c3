import CPostgreSQL
import Glibc
import Synchronization
import System

extension PostgreSQLConnection {
    /// A command in a pipeline, each of which the server answers.
    enum Command {
        /// The statement before `index` is prepared.
        case prepare(StatementNames.Key, index: Int)
        /// The settings of a transaction behind a pooler.
        case settings
        /// The statement with that index, by its name or with its text.
        case statement(Int, isNamed: Bool)
    }

    /// Sends statements in one piece, and reads all results: one round trip.
    ///
    /// Without `BEGIN` among them they are one transaction of their own. After an error of the server the rest does not
    /// run; an open transaction then takes nothing but `ROLLBACK`.
    ///
    /// Behind a pooler that knows no statements by name, an exchange that this breaks is repeated with the texts,
    /// unless it goes on with a transaction: then the error has one of the SQLSTATEs `PostgreSQLError.ofNames`, the
    /// transaction is undone, and the next attempt does without names.
    ///
    /// - Parameter deadline: the moment at which the connection is closed.
    /// - Returns: a result for each statement.
    /// - Throws: `PostgreSQLError`: the first error of the server, with the index of its statement, after everything is
    ///   read; or `lost` or `timedOut`, after which the connection is closed.
    func exchange(
        _ statements: [PostgreSQLStatement], deadline: ContinuousClock.Instant
    ) throws(PostgreSQLError) -> [PostgreSQLResult] {
        try blocking { () throws(PostgreSQLError) in
            let isFirst = inTransaction == .idle
            do throws(PostgreSQLError) {
                return try exchangeOnce(statements, deadline: deadline)
            } catch {
                guard isNameBroken else { throw error }
                target.findings.refusesNames.store(true, ordering: .relaxed)
                names = StatementNames()
                guard isFirst, !hasCommitted(statements, before: error.statementIndex) else { throw error }
                if inTransaction == .failed {
                    _ = try exchangeOnce([PostgreSQLStatement("ROLLBACK")], deadline: deadline)
                }
                return try exchangeOnce(statements, deadline: deadline)
            }
        }
    }

    private func hasCommitted(_ statements: [PostgreSQLStatement], before index: Int?) -> Bool {
        statements.prefix(index ?? statements.count).contains { $0.sql.hasPrefix("COMMIT") }
    }

    private func exchangeOnce(
        _ statements: [PostgreSQLStatement], deadline: ContinuousClock.Instant
    ) throws(PostgreSQLError) -> [PostgreSQLResult] {
        guard let handle = unsafe handle else { throw PostgreSQLError(.lost, "the connection is closed") }
        isNameBroken = false
        try unsafe requirePeer(handle)
        _ = notices.take()
        do throws(PostgreSQLError) {
            let commands = try unsafe queue(statements, on: handle)
            try unsafe flush(handle, deadline)
            return try unsafe results(of: commands, on: handle, count: statements.count, deadline)
        } catch {
            // Whatever is left in the pipeline would be taken for the answer to the next statements.
            if error.kind != .server { close() }
            throw error
        }
    }

    /// Sees that the server has not closed the connection while it was idle: then nothing is sent, so nothing can have
    /// happened.
    @unsafe private func requirePeer(_ handle: OpaquePointer) throws(PostgreSQLError) {
        var socket = unsafe pollfd(fd: library.functions.PQsocket(handle), events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&socket, 1, 0) > 0 else { return }
        if unsafe library.functions.PQconsumeInput(handle) == 1 {
            // The reason for which the server ends the connection comes before its end. libpq reads it here.
            _ = unsafe library.functions.PQisBusy(handle)
            if notices.farewell == nil { return }
        }
        let error = unsafe lost(handle, wasSent: false)
        close()
        throw error
    }

    // MARK: Errors

    func timedOut() -> PostgreSQLError {
        PostgreSQLError(.timedOut, "\(place.host) did not answer in time", wasSent: true)
    }

    /// The error of a connection that has ended, with the server's reason if it gave one.
    @unsafe func lost(
        _ handle: OpaquePointer?, wasSent: Bool, _ reason: PostgreSQLError? = nil
    ) -> PostgreSQLError {
        let text = unsafe handle.flatMap { unsafe library.functions.PQerrorMessage($0) }.map {
            unsafe String(cString: $0)
        }
        let own = ConnectionAttempt.parsed(text ?? "the connection is lost", notices.farewell)
        return PostgreSQLError(
            .lost, reason?.message ?? notices.farewell?.message ?? own.message,
            sqlState: reason?.sqlState ?? own.sqlState, wasSent: wasSent, statementIndex: reason?.statementIndex)
    }
}
