import CPostgreSQL
import Glibc
import Synchronization

// The way of statements to the server.
extension PostgreSQLConnection {
    /// Puts statements into libpq's buffer, of which it sends some if they are large.
    @unsafe func queue(
        _ statements: [PostgreSQLStatement], on handle: OpaquePointer
    ) throws(PostgreSQLError) -> [Command] {
        var commands: [Command] = []
        commands.reserveCapacity(statements.count + 2)
        if bringsSettings, inTransaction == .idle, let first = statements.first, !first.begins {
            try unsafe sendSettings(&commands, on: handle)
        }
        for (index, statement) in statements.enumerated() {
            let key = target.findings.refusesNames.load(ordering: .relaxed) ? nil : StatementNames.key(statement)
            let way = key.map { names.way(of: $0) } ?? .unnamed
            if let key, case .prepare = way { commands.append(.prepare(key, index: index)) }
            commands.append(.statement(index, isNamed: way != .unnamed))
            try unsafe send(statement, way, on: handle)
            // To each of several transactions: they end with the one that they were set in.
            if bringsSettings, statement.begins { try unsafe sendSettings(&commands, on: handle) }
        }
        guard unsafe library.functions.PQpipelineSync(handle) == 1 else { throw unsafe lost(handle, wasSent: true) }
        return commands
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
    @unsafe func flush(
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
}

extension PostgreSQLStatement {
    /// Tells that it begins a transaction.
    fileprivate var begins: Bool { sql.hasPrefix("BEGIN") }
}
