import Dispatch
import Identity
import System

/// The wait of commits for a synchronous standby while tables are made.
///
/// The server lets it take forever, without a word. Here it is told after ten seconds, and given up after a minute.
struct StandbyWait: Sendable {
    /// The times of a wait.
    struct Times {
        /// The time after which it is told.
        var silence = Duration.seconds(10)
        /// The time after which it is given up.
        var patience = Duration.seconds(60)
    }

    /// No commit waits.
    static let none = StandbyWait(names: "", times: Times(), report: { _ in })

    private let names: String
    private let times: Times
    private let report: @Sendable (String) -> Void

    private init(names: String, times: Times, report: @escaping @Sendable (String) -> Void) {
        (self.names, self.times, self.report) = (names, times, report)
    }

    /// Asks the server whether commits of this role wait, and if they do, waits until a standby is connected, so that
    /// nothing is begun whose end does not come: what hangs would keep its locks.
    ///
    /// - Parameter report: is told of the wait.
    /// - Throws: `StoreError.Kind.unavailable` if no standby comes; `PostgreSQLError`.
    init(
        _ connection: PostgreSQLConnection, deadline: ContinuousClock.Instant, times: Times = Times(),
        report: @escaping @Sendable (String) -> Void
    ) throws {
        let query = PostgreSQLStatement(
            """
            SELECT CASE WHEN current_setting('synchronous_commit') IN ('off', 'local') THEN ''
                ELSE current_setting('synchronous_standby_names') END
            """)
        let names = try connection.exchange([query], deadline: deadline)[0].first { try $0.string(0) }
        self.init(names: names ?? "", times: times, report: report)
        if names?.isEmpty == false { try awaitStandby(connection, deadline) }
    }

    private var text: String { "waiting for a synchronous standby (\(names)): none acknowledges" }

    private func awaitStandby(_ connection: PostgreSQLConnection, _ deadline: ContinuousClock.Instant) throws {
        let begun = ContinuousClock.now
        let query = PostgreSQLStatement("SELECT count(*) FROM pg_stat_replication")
        let pause = DispatchSemaphore(value: 0)
        var isTold = false
        while try connection.exchange([query], deadline: deadline)[0].first({ try $0.number(0) }) == 0 {
            let waited = begun.duration(to: .now)
            if waited >= times.patience { throw StoreError(.unavailable, text) }
            if waited >= times.silence, !isTold {
                report(text)
                isTold = true
            }
            _ = pause.wait(timeout: .now() + 1)
        }
    }

    /// Runs work whose commits wait for a standby.
    ///
    /// - Parameter work: gets the moment at which it is given up.
    /// - Throws: `StoreError.Kind.unavailable` if no standby acknowledges; what the work throws.
    func commit(by deadline: ContinuousClock.Instant, _ work: (ContinuousClock.Instant) throws -> Void) throws {
        guard !names.isEmpty else { return try work(deadline) }
        let ended = DispatchSemaphore(value: 0)
        let (text, silence, report) = (self.text, times.silence, self.report)
        let thread = try Thread("standby-wait") {
            if ended.wait(timeout: .now() + silence.inSeconds) == .timedOut { report(text) }
        }
        defer {
            ended.signal()
            thread.join()
        }
        do {
            try work(min(deadline, ContinuousClock.now + times.patience))
        } catch let error as PostgreSQLError where error.kind == .timedOut {
            throw StoreError(.unavailable, text)
        }
    }
}
