import Dispatch
import Identity
import Synchronization
import System

/// The heartbeat of a responder: a row of its own, which it writes each second as durably as any other.
final class Heartbeat: Sendable {
    /// The time from one heartbeat to the next.
    static let interval = Duration.seconds(1)
    /// The same after one that failed: a standby may be promoted at any moment, and until a heartbeat has found it,
    /// nothing else of this process trusts it.
    static let intervalOfFailure = Duration.milliseconds(250)
    /// The time that a heartbeat may take before the connection is given up.
    static let patience = Duration.seconds(3)

    private let pools: ConnectionPools
    private let fence: Fence
    private let fencing: PostgreSQLStore.Fencing
    private let id: Int64
    private let report: @Sendable (String) -> Void
    private let isStopped = Atomic(false)
    private let stopping = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - id: the number of this responder, which no other has.
    ///   - report: is told when heartbeats begin to fail, and when they succeed again.
    init(
        _ pools: ConnectionPools, _ fence: Fence, _ fencing: PostgreSQLStore.Fencing, id: Int64,
        report: @escaping @Sendable (String) -> Void
    ) {
        self.pools = pools
        self.fence = fence
        self.fencing = fencing
        self.id = id
        self.report = report
    }

    /// Beats once, and then each second on a thread of its own, until `stop`.
    func start() throws(SystemError) {
        if fencing != .off { fence.turnOn() }
        var state = State()
        beat(&state)
        let first = state
        let thread = try Thread("heartbeat") { [self] in
            var state = first
            while !isStopped.load(ordering: .acquiring) { pause(after: state); beat(&state) }
            state.connection?.connection.close()
            ended.signal()
        }
        thread.detach()
    }

    /// Ends the heartbeat, and with it the row of the responder.
    func stop() {
        isStopped.store(true, ordering: .releasing)
        stopping.signal()
        ended.wait()
    }

    private struct State: Sendable {
        var connection: PooledConnection?
        /// The heartbeats until the months of the audit log are looked after again.
        var untilMonths = 0
        var begun = ContinuousClock.now
        var fails = false
    }

    private func pause(after state: State) {
        let interval = state.fails ? Self.intervalOfFailure : Self.interval
        let rest = interval - state.begun.duration(to: .now)
        if rest > .zero { _ = stopping.wait(timeout: .now() + rest.inSeconds) }
    }

    private func beat(_ state: inout State) {
        guard !isStopped.load(ordering: .acquiring) else { return }
        state.begun = .now
        let deadline = state.begun + Self.patience
        do {
            let pooled = try connection(&state, deadline)
            let answer = try Self.exchange(pooled.connection, id, deadline)
            if answer.isCopying {
                // It stood on the empty tables before the copy began. Nothing opens them until the copy has ended.
                pools.source.doubtTables()
                pools.giveUp(pooled.generation)
                throw StoreError(.unusable, "the database is the target of a copy that has not ended")
            }
            fence.note(begun: state.begun, isNeeded: isNeeded(answer), timeline: answer.timeline)
            if state.fails { report("the database acknowledges heartbeats again") }
            state.fails = false
            // One that fails is made by the write that needs it.
            try? makeMonths(&state, pooled.connection, deadline)
        } catch {
            // The other connections lead to the same server, and would stay there when the next heartbeat finds
            // another.
            if let error = error as? PostgreSQLError {
                pools.giveUp(state.connection?.generation ?? pools.source.currentGeneration)
                // It may be a standby that it waited for, named since the last heartbeat. A server that refuses it says
                // something, and is no primary that was cut off.
                if state.connection != nil, fencing != .off, error.kind != .server { fence.turnOn() }
            }
            state.connection?.connection.close()
            state.connection = nil
            if !state.fails { report("the database acknowledges no heartbeat: \(Self.reason(error))") }
            state.fails = true
        }
    }

    /// Makes the months of the audit log ahead, each tenth minute, and forgets responders that are gone for a day.
    private func makeMonths(
        _ state: inout State, _ connection: PostgreSQLConnection, _ deadline: ContinuousClock.Instant
    ) throws {
        state.untilMonths -= 1
        guard state.untilMonths < 0 else { return }
        state.untilMonths = 600
        _ = try connection.exchange((0...2).map(AuditMonths.ahead) + [Self.forgetting], deadline: deadline)
    }

    private static let forgetting = PostgreSQLStatement(
        "DELETE FROM responder WHERE beat < extract(epoch FROM clock_timestamp()) - 86400")

    private func connection(
        _ state: inout State, _ deadline: ContinuousClock.Instant
    ) throws -> PooledConnection {
        if let pooled = state.connection, pooled.connection.isOpen,
            pooled.generation == pools.source.currentGeneration
        {
            return pooled
        }
        state.connection?.connection.close()
        state.connection = nil
        let pooled = try pools.source.open(deadline: deadline)
        state.connection = pooled
        return pooled
    }

    private func isNeeded(_ answer: Answer) -> Bool {
        switch fencing {
        case .off: false
        case .on: true
        case .automatic: answer.hasStandby
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as PostgreSQLError where error.kind == .timedOut:
            "\(error.message). The server may be down; or commits wait for a synchronous standby, and none "
                + "acknowledges: see pg_stat_replication"
        case let error as PostgreSQLError: error.message
        case let error as StoreError: error.description
        default: "\(error)"
        }
    }
}

extension Heartbeat {
    /// The server's answer to a heartbeat.
    private struct Answer {
        let hasStandby: Bool
        let timeline: Int64
        let isCopying: Bool
    }

    /// Writes the row, and notes the timeline where it is a new one.
    ///
    /// - Throws: also where the write brought a warning: then no standby has acknowledged it.
    private static func exchange(
        _ connection: PostgreSQLConnection, _ id: Int64, _ deadline: ContinuousClock.Instant
    ) throws -> Answer {
        let results = try connection.exchange([write(id), Promotions.noticeOwn, standbys], deadline: deadline)
        if let warning = results.warnings.first { throw PostgreSQLError(.warning, warning, wasSent: true) }
        let answer = try results[2].first {
            Answer(hasStandby: try $0.flag(0), timeline: try $0.number(1), isCopying: try $0.flag(2))
        }
        guard let answer else {
            throw PostgreSQLError(.unreadable, "the server did not tell its timeline", wasSent: true)
        }
        return answer
    }

    private static func write(_ id: Int64) -> PostgreSQLStatement {
        PostgreSQLStatement(
            """
            INSERT INTO responder (id, beat, program)
            VALUES ($1, CAST(extract(epoch FROM clock_timestamp()) AS BIGINT), $2)
            ON CONFLICT (id) DO UPDATE SET beat = excluded.beat, program = excluded.program
            """, [.integer(id), .integer(PostgreSQLSchema.version)])
    }

    /// Asks for a standby that is named, or there, for the timeline, and for a copy that has not ended.
    private static let standbys = PostgreSQLStatement(
        """
        SELECT current_setting('synchronous_standby_names') <> '' OR EXISTS (SELECT 1 FROM pg_stat_replication),
            \(PostgreSQLSchema.timelineNumber), EXISTS (SELECT 1 FROM meta WHERE name = '\(CopyTarget.mark)')
        """)
}
