import Dispatch
import Identity
import Synchronization
import System

/// The heartbeat of a responder: a row of its own, which it writes each second as durably as any other.
final class Heartbeat: Sendable {
    let pools: ConnectionPools
    private let fence: Fence
    private let fencing: PostgreSQLStore.Fencing
    let id: Int64
    /// The version of the tables that this program knows.
    let program: Int64
    private let report: @Sendable (String) -> Void
    private let isStopped = Atomic(false)
    private let stopping = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - id: the number of this responder, which no other has.
    ///   - program: the version of the tables that this program knows.
    ///   - report: is told when heartbeats begin to fail, and when they succeed again.
    init(
        _ pools: ConnectionPools, _ fence: Fence, _ fencing: PostgreSQLStore.Fencing, id: Int64,
        program: Int64, report: @escaping @Sendable (String) -> Void
    ) {
        self.pools = pools
        self.fence = fence
        self.fencing = fencing
        self.id = id
        self.program = program
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
            leave(state)
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
        /// The heartbeats that were acknowledged.
        var acknowledged = 0
        var begun = ContinuousClock.now
        var fails = false
        /// Tells that a synchronous standby confirmed the last one.
        var isConfirmed = false
    }

    /// Removes the row of a responder that ends, so that `init` and `copy` need not take it for one that serves. It
    /// waits for no standby: whatever is lost of it grows old by itself.
    private func leave(_ state: State) {
        guard let connection = state.connection?.connection else { return }
        _ = try? connection.exchange(
            [
                PostgreSQLStatement("BEGIN"), PostgreSQLStatement("SET LOCAL synchronous_commit = off"),
                PostgreSQLStatement("DELETE FROM responder WHERE id = $1", [.integer(id)]),
                PostgreSQLStatement("COMMIT"),
            ], deadline: .now + fence.times.interval)
        connection.close()
    }

    private func pause(after state: State) {
        let interval = state.fails ? fence.times.intervalOfFailure : fence.times.interval
        let rest = interval - state.begun.duration(to: .now)
        if rest > .zero { _ = stopping.wait(timeout: .now() + rest.inSeconds) }
    }

    private func beat(_ state: inout State) {
        guard !isStopped.load(ordering: .acquiring) else { return }
        state.begun = .now
        let deadline = state.begun + fence.times.patience
        do {
            let pooled = try connection(&state, deadline)
            let answer = try exchange(pooled.connection, deadline)
            if let reason = reason(toEnd: answer) {
                // Nothing opens the tables until the reason is gone, not even a connection that found them good before.
                pools.close()
                throw reason
            }
            // Behind a proxy it may be another one than that of the connection's beginning.
            try pools.source.admit(answer.timeline, at: pooled.connection.place, heartbeat: answer.isConfirmed)
            let isAnother = fence.note(begun: state.begun, isNeeded: isNeeded(answer), timeline: answer.timeline)
            if isAnother { pools.closeUnusable() }
            pools.source.target.findings.doubted.remove(pooled.connection.place)
            state.isConfirmed = answer.isConfirmed
            if state.fails { report("the database acknowledges heartbeats again") }
            state.fails = false
            // One that fails is made by the write that needs it.
            try? makeMonths(&state, pooled.connection, deadline)
            if !answer.isConfirmed { lookElsewhere(&state, than: pooled.connection.place.host) }
        } catch {
            if let error = error as? PostgreSQLError { doubt(state.connection, after: error) }
            // Of an old primary that nobody confirms.
            if fencing != .off, (error as? StoreError)?.kind == .unavailable { fence.turnOn() }
            state.connection?.connection.close()
            state.connection = nil
            if !state.fails { report(Self.report(of: error)) }
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

    /// Looks whether another server takes writes too. Without a synchronous standby a primary that was replaced goes on
    /// to acknowledge heartbeats, and nothing else would lead to its successor. Its timeline is noted, and the next
    /// heartbeat goes there.
    private func lookElsewhere(_ state: inout State, than host: PostgreSQLTarget.Host) {
        state.acknowledged += 1
        guard state.acknowledged.isMultiple(of: fence.times.beatsBetweenLooks),
            let others = pools.source.target.without(host)
        else { return }
        let deadline = ContinuousClock.now + fence.times.patienceOfLook
        guard let found = try? PostgreSQLConnection(others, deadline: deadline) else { return }
        // An older one says nothing.
        try? pools.source.admit(found.timeline, at: found.place)
        found.close()
    }

    private static let forgetting = PostgreSQLStatement(
        "DELETE FROM responder WHERE beat < extract(epoch FROM clock_timestamp()) - 86400")

    private func connection(
        _ state: inout State, _ deadline: ContinuousClock.Instant
    ) throws -> PooledConnection {
        // One that a synchronous standby confirmed shows by its answer whether it still does.
        if let pooled = state.connection, pooled.connection.isOpen,
            pooled.generation == pools.source.currentGeneration,
            state.isConfirmed || !pools.source.isOutdated(pooled.connection)
        {
            return pooled
        }
        state.connection?.connection.close()
        state.connection = nil
        let pooled = try pools.source.openForHeartbeat(deadline: deadline)
        state.connection = pooled
        return pooled
    }

    /// Draws the conclusions from a heartbeat that failed.
    ///
    /// The other connections stay: a slow server or standby says nothing about them, each that is lost shows it by
    /// itself, and none that leads to an old primary is used once another server acknowledges (`Fence.trusts`).
    private func doubt(_ pooled: PooledConnection?, after error: PostgreSQLError) {
        guard let pooled else { return }
        // A server that only reads is no primary any more.
        if error.sqlState == "25006" { pools.giveUp(pooled.generation) }
        // An old primary takes every connection, and says that it takes writes: so the next one tries all others first.
        pools.source.target.findings.doubted.insert(pooled.connection.place)
        // It may be a standby that it waited for, named since the last heartbeat. A server that refuses it says
        // something, and is no primary that was cut off.
        if fencing != .off, error.kind != .server { fence.turnOn() }
    }

    private func isNeeded(_ answer: Answer) -> Bool {
        switch fencing {
        case .off: false
        case .on: true
        case .automatic: answer.hasStandby
        }
    }
}
