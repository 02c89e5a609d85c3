import Identity

// What a heartbeat sends, and what the server answers.
extension Heartbeat {
    /// The server's answer to a heartbeat.
    struct Answer {
        let hasStandby: Bool
        /// Tells that a synchronous standby has what the server acknowledged.
        let isConfirmed: Bool
        let timeline: Int64
        let isCopying: Bool
        /// The oldest program that may run on the tables.
        let oldestProgram: Int64
    }

    /// Writes the row, and notes the timeline if it is a new one.
    ///
    /// - Throws: also if the write brought a warning: then no standby has acknowledged it.
    func exchange(_ connection: PostgreSQLConnection, _ deadline: ContinuousClock.Instant) throws -> Answer {
        let results = try connection.exchange([row, Promotions.noticeOwn, Self.question], deadline: deadline)
        if let warning = results.warnings.first { throw PostgreSQLError(.warning, warning, wasSent: true) }
        let answer = try results[2].first {
            Answer(
                hasStandby: try $0.flag(0), isConfirmed: try $0.flag(1), timeline: try $0.number(2),
                isCopying: try $0.flag(3), oldestProgram: try $0.number(4))
        }
        guard let answer else {
            throw PostgreSQLError(.unreadable, "the server did not tell its timeline", wasSent: true)
        }
        return answer
    }

    private var row: PostgreSQLStatement {
        PostgreSQLStatement(
            """
            INSERT INTO responder (id, beat, program)
            VALUES ($1, CAST(extract(epoch FROM clock_timestamp()) AS BIGINT), $2)
            ON CONFLICT (id) DO UPDATE SET beat = excluded.beat, program = excluded.program
            """, [.integer(id), .integer(program)])
    }

    /// Asks for a standby that is named, or there, for one that commits wait for, for the timeline, for a copy that has
    /// not ended, and for the oldest program that may run.
    private static let question = PostgreSQLStatement(
        """
        SELECT current_setting('synchronous_standby_names') <> '' OR EXISTS (SELECT 1 FROM pg_stat_replication),
            current_setting('synchronous_standby_names') <> ''
                AND current_setting('synchronous_commit') NOT IN ('off', 'local'),
            \(PostgreSQLSchema.timelineNumber), EXISTS (SELECT 1 FROM meta WHERE name = '\(CopyTarget.mark)'),
            (SELECT max(oldest) FROM migration)
        """)

    /// The reason for which a responder may not go on with the tables, which it found in order when it started.
    func reason(toEnd answer: Answer) -> StoreError? {
        if answer.isCopying {
            return StoreError(.unusable, "the database is the target of a copy that has not ended")
        }
        return answer.oldestProgram > program ? SchemaCheck.newer(pools.source.target) : nil
    }

    /// The line of the log about a heartbeat that failed.
    static func report(of error: any Error) -> String {
        switch error {
        case let error as PostgreSQLError where error.kind == .timedOut:
            "\(noHeartbeat): \(error.message). The server may be down; or commits wait for a synchronous standby, and "
                + "none acknowledges: see pg_stat_replication"
        case let error as PostgreSQLError: "\(noHeartbeat): \(error.message)"
        case let error as StoreError where error.kind == .unusable:
            "requests are answered 503 from now on: \(error.description)"
        case let error as StoreError: "\(noHeartbeat): \(error.description)"
        default: "\(noHeartbeat): \(error)"
        }
    }

    private static let noHeartbeat = "the database acknowledges no heartbeat"
}
