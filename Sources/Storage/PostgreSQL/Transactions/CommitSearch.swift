import Identity

/// The search for a transaction whose commit was not answered.
///
/// Its entries in the audit log tell best, since they are there on whatever server, or nowhere. The number of the
/// transaction tells the rest, on the same timeline: that it is still under way, or has ended without entries.
struct CommitSearch {
    let source: ConnectionSource
    /// The end of the search, which then is one without an answer.
    let deadline: ContinuousClock.Instant

    /// The outcome of a transaction.
    enum Outcome: Equatable {
        /// It is there, on a server of this timeline.
        case committed(timeline: Int64)
        case undone
        /// It is not there; but nothing says that it never will be.
        case notFound
    }

    /// Finds a transaction, on whatever server is the primary now.
    ///
    /// - Throws: `StoreError.Kind.uncertain` at the deadline.
    func outcome<Value>(of commit: LostCommit<Value>) throws -> Outcome {
        var reason = commit.error.message
        repeat {
            do {
                let connection = try source.open(deadline: deadline).connection
                defer { connection.close() }
                while let outcome = try look(for: commit, connection) {
                    if case .committed = outcome { try confirm(connection) }
                    return outcome
                }
            } catch let error as PostgreSQLError {
                reason = error.message
            } catch let error as StoreError where error.kind == .unavailable {
                reason = error.description
            }
            Backoff.sleep(.milliseconds(50))
        } while ContinuousClock.now < deadline
        throw StoreError.uncertain(reason)
    }

    /// - Returns: `nil` while the transaction is under way.
    private func look<Value>(
        for commit: LostCommit<Value>, _ connection: PostgreSQLConnection
    ) throws -> Outcome? {
        let seconds = commit.start.duration(to: .now).components.seconds + Self.clockTolerance
        var statements = [Self.timeline]
        if let event = commit.events.first {
            // The lock first: one that is gone by then was given back behind the commit, whose entry the next one sees.
            statements.append(AuditHorizon.held(longerThan: commit.loss.duration(to: .now)))
            statements.append(Self.entry(event, seconds: seconds))
        }
        let results = try connection.exchange(statements, deadline: deadline)
        guard let timeline = try results[0].first({ try $0.number(0) }) else { return nil }
        if results.count > 1, results[2].rowCount > 0 { return .committed(timeline: timeline) }
        switch try status(of: commit.trace, on: timeline, connection) {
        case .committed: return .committed(timeline: timeline)
        case .undone: return .undone
        case .underWay: return nil
        case .unknown: return results.count > 1 && results[1].rowCount > 0 ? nil : .notFound
        }
    }

    /// The state of a transaction by its number.
    private enum Status { case committed, undone, underWay, unknown }

    /// Asks for the state of a transaction, if the server is of its timeline.
    private func status(
        of trace: CommitTrace?, on timeline: Int64, _ connection: PostgreSQLConnection
    ) throws -> Status {
        guard let trace, trace.timeline == timeline else { return .unknown }
        let results: [PostgreSQLResult]
        do throws(PostgreSQLError) {
            results = try connection.exchange([Self.status(trace)], deadline: deadline)
        } catch {
            // A number "in the future": the server has crashed, and forgotten that it gave it away.
            guard error.sqlState == "22023" else { throw error }
            return .undone
        }
        let status = try results[0].first { try $0.text(0) } ?? nil
        return switch status {
        case "committed": .committed
        case "aborted": .undone
        case "in progress": .underWay
        default: .unknown
        }
    }

    /// Makes sure that a standby has the transaction too: it may have become visible by a restart of the server, before
    /// any standby had it. A later commit that a standby has acknowledged includes it.
    private func confirm(_ connection: PostgreSQLConnection) throws {
        let results = try connection.exchange([Self.touch], deadline: deadline)
        if let warning = results.warnings.first { throw PostgreSQLError(.warning, warning, wasSent: true) }
    }

    /// A write of nothing that matters, which is committed as any other.
    static let touch = PostgreSQLStatement(
        """
        INSERT INTO meta (name, value) VALUES ('touched', 1)
        ON CONFLICT (name) DO UPDATE SET value = (meta.value + 1) % 1000000
        """)

    /// The seconds by which the clocks of two servers may differ.
    private static let clockTolerance: Int64 = 120

    private static let timeline = PostgreSQLStatement("SELECT \(PostgreSQLSchema.timelineNumber)")

    private static func status(_ trace: CommitTrace) -> PostgreSQLStatement {
        PostgreSQLStatement(
            "SELECT pg_xact_status(CAST(CAST($1 AS TEXT) AS xid8))", [.text("\(trace.transaction)")])
    }

    /// An entry has the server's time, unless its own differs much from that.
    private static func entry(_ event: (id: Int64, time: Int64), seconds: Int64) -> PostgreSQLStatement {
        PostgreSQLStatement(
            """
            SELECT 1 FROM audit_event WHERE time = $1 AND id = $2
            UNION ALL
            SELECT 1 FROM audit_event
            WHERE time BETWEEN CAST(extract(epoch FROM clock_timestamp()) AS BIGINT) - $3
                AND CAST(extract(epoch FROM clock_timestamp()) AS BIGINT) + $3 AND id = $2
            """, [.integer(event.time), .integer(event.id), .integer(seconds)])
    }
}

/// The number of a transaction, by which its outcome is found again if the answer to its COMMIT is lost, and the
/// timeline on which it has that number. After a promotion another transaction may have the same.
struct CommitTrace: Sendable, Equatable {
    let transaction: Int64
    let timeline: Int64

    /// Asks for both. The first makes the server give the transaction its number.
    static let statement = PostgreSQLStatement("SELECT pg_current_xact_id(), \(PostgreSQLSchema.timelineNumber)")
}
