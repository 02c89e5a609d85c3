import CPostgreSQL
import Glibc

// The way of results from the server.
extension PostgreSQLConnection {
    @unsafe func results(
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
        // Statements without COMMIT are committed at the end of the pipeline: a wait for a standby that somebody has
        // cancelled shows only here.
        results.last?.note(notices.take())
        if let failure { throw failure }
        return results
    }

    /// The error of a command whose result is none of a statement's.
    ///
    /// - Throws: the error if the connection is lost with it.
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

    @unsafe func read(_ handle: OpaquePointer) throws(PostgreSQLError) {
        guard unsafe library.functions.PQconsumeInput(handle) == 1 else { throw unsafe lost(handle, wasSent: true) }
    }
}
