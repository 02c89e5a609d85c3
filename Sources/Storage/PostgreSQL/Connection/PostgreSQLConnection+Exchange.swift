import CPostgreSQL
import Glibc
import Synchronization
import System

extension PostgreSQLConnection {
    /// A command in a pipeline, each of which the server answers.
    private enum Command {
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

    // MARK: Sending

    /// Puts statements into libpq's buffer, of which it sends some where they are large.
    @unsafe private func queue(
        _ statements: [PostgreSQLStatement], on handle: OpaquePointer
    ) throws(PostgreSQLError) -> [Command] {
        var commands: [Command] = []
        commands.reserveCapacity(statements.count + 2)
        let placeOfSettings = placeOfSettings(statements)
        for (index, statement) in statements.enumerated() {
            if index == placeOfSettings { try unsafe sendSettings(&commands, on: handle) }
            let key = target.findings.refusesNames.load(ordering: .relaxed) ? nil : StatementNames.key(statement)
            let way = key.map { names.way(of: $0) } ?? .unnamed
            if let key, case .prepare = way { commands.append(.prepare(key, index: index)) }
            commands.append(.statement(index, isNamed: way != .unnamed))
            try unsafe send(statement, way, on: handle)
        }
        if placeOfSettings == statements.count { try unsafe sendSettings(&commands, on: handle) }
        guard unsafe library.functions.PQpipelineSync(handle) == 1 else { throw unsafe lost(handle, wasSent: true) }
        return commands
    }

    /// The index of the statement before which the settings of the transaction go; `nil` where it has them.
    private func placeOfSettings(_ statements: [PostgreSQLStatement]) -> Int? {
        guard bringsSettings, inTransaction == .idle, let first = statements.first else { return nil }
        return first.sql.hasPrefix("BEGIN") ? 1 : 0
    }

    @unsafe private func sendSettings(
        _ commands: inout [Command], on handle: OpaquePointer
    ) throws(PostgreSQLError) {
        try unsafe send(target.settingsOfTransaction, .unnamed, on: handle)
        commands.append(.settings)
    }

    @unsafe private func send(
        _ statement: PostgreSQLStatement, _ way: StatementNames.Way, on handle: OpaquePointer
    ) throws(PostgreSQLError) {
        try buffer.encode(statement.values)
        let functions = library.functions
        let isSent = unsafe buffer.lend { count, types, values, lengths, formats in
            switch way {
            case .unnamed:
                return unsafe functions.PQsendQueryParams(
                    handle, statement.sql, count, types, values, lengths, formats, 1) == 1
            case .prepare(let name):
                return unsafe functions.PQsendPrepare(handle, name, statement.sql, count, types) == 1
                    && functions.PQsendQueryPrepared(handle, name, count, values, lengths, formats, 1) == 1
            case .named(let name):
                return unsafe functions.PQsendQueryPrepared(handle, name, count, values, lengths, formats, 1) == 1
            }
        }
        guard isSent else { throw unsafe lost(handle, wasSent: true) }
    }

    /// Sends all that is in the buffer. The server may wait for its results to be read meanwhile, so they are.
    @unsafe private func flush(
        _ handle: OpaquePointer, _ deadline: ContinuousClock.Instant
    ) throws(PostgreSQLError) {
        while true {
            let state = unsafe library.functions.PQflush(handle)
            if state == 0 { return }
            guard state == 1 else { throw unsafe lost(handle, wasSent: true) }
            let events = SocketWait.wait(
                unsafe library.functions.PQsocket(handle), for: POLLIN | POLLOUT, until: deadline)
            if events == 0 { throw timedOut() }
            if events & ~POLLOUT != 0 { try unsafe read(handle) }
        }
    }

    // MARK: Receiving

    @unsafe private func results(
        of commands: [Command], on handle: OpaquePointer, count: Int, _ deadline: ContinuousClock.Instant
    ) throws(PostgreSQLError) -> [PostgreSQLResult] {
        var results: [PostgreSQLResult] = []
        results.reserveCapacity(count)
        var failure: PostgreSQLError?
        for command in commands {
            guard let result = try unsafe next(handle, deadline) else {
                throw PostgreSQLError(.library, "libpq lost a result", wasSent: true)
            }
            let status = unsafe LibpqCode.Status(rawValue: library.functions.PQresultStatus(result))
            switch (status, command) {
            case (.commandOK, .statement), (.rowsOK, .statement), (.emptyQuery, .statement):
                results.append(unsafe PostgreSQLResult(library, result, warnings: notices.take()))
            default:
                defer { unsafe library.functions.PQclear(result) }
                if let error = try unsafe failed(status, command, result) { failure = failure ?? error }
            }
            // The end of the command's results.
            while let more = try unsafe next(handle, deadline) { unsafe library.functions.PQclear(more) }
        }
        try unsafe readEnd(handle, deadline)
        if let failure { throw failure }
        return results
    }

    /// The error of a command whose result is none of a statement's.
    ///
    /// - Throws: the error where the connection is lost with it.
    @unsafe private func failed(
        _ status: LibpqCode.Status?, _ command: Command, _ result: OpaquePointer
    ) throws(PostgreSQLError) -> PostgreSQLError? {
        let (index, isNamed): (Int?, Bool) =
            switch command {
            case .prepare(_, let index): (index, true)
            case .settings: (nil, false)
            case .statement(let index, let isNamed): (index, isNamed)
            }
        if case .prepare(let key, _) = command, status != .commandOK { names.forget(key) }
        switch status {
        case .commandOK, .rowsOK, .aborted: return nil
        case .error:
            let error = unsafe PostgreSQLError(library, result, statementIndex: index)
            if error.kind == .lost || error.sqlState == nil { throw unsafe lost(handle, wasSent: true, error) }
            if isNamed, let state = error.sqlState, PostgreSQLError.ofNames.contains(state) { isNameBroken = true }
            return error
        default:
            throw PostgreSQLError(
                .library, "a statement has results that are no rows (\(status.map { "\($0)" } ?? "?"))", wasSent: true)
        }
    }

    /// Reads up to the mark at the end of the pipeline.
    @unsafe private func readEnd(
        _ handle: OpaquePointer, _ deadline: ContinuousClock.Instant
    ) throws(PostgreSQLError) {
        guard let end = try unsafe next(handle, deadline) else {
            throw PostgreSQLError(.library, "libpq lost the end of the pipeline", wasSent: true)
        }
        defer { unsafe library.functions.PQclear(end) }
        let status = unsafe LibpqCode.Status(rawValue: library.functions.PQresultStatus(end))
        guard status == .synchronized else { throw unsafe lost(handle, wasSent: true) }
    }

    /// The next result; `nil` at the end of a command's.
    @unsafe private func next(
        _ handle: OpaquePointer, _ deadline: ContinuousClock.Instant
    ) throws(PostgreSQLError) -> OpaquePointer? {
        while unsafe library.functions.PQisBusy(handle) == 1 {
            let socket = unsafe library.functions.PQsocket(handle)
            if SocketWait.wait(socket, for: POLLIN, until: deadline) == 0 { throw timedOut() }
            try unsafe read(handle)
        }
        return unsafe library.functions.PQgetResult(handle)
    }

    @unsafe private func read(_ handle: OpaquePointer) throws(PostgreSQLError) {
        guard unsafe library.functions.PQconsumeInput(handle) == 1 else { throw unsafe lost(handle, wasSent: true) }
    }

    // MARK: Errors

    private func timedOut() -> PostgreSQLError {
        PostgreSQLError(.timedOut, "\(host) did not answer in time", wasSent: true)
    }

    /// The error of a connection that has ended, with the server's reason where it gave one.
    @unsafe private func lost(
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
