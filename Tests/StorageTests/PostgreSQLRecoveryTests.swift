import Synchronization
import Testing

@testable import Storage

/// The way on after each class of errors.
struct PostgreSQLRecoveryTests {
    @Test(
        arguments: [
            ("40001", .again), ("40P01", .again), ("25006", .elsewhere), ("57P01", .reconnect), ("57P02", .reconnect),
            ("57P03", .reconnect), ("08006", .reconnect), ("08003", .reconnect), ("26000", .unnamed),
            ("42P05", .unnamed), ("08P01", .unnamed), ("23514", .missingMonth), ("23505", .again), ("23503", .again),
            ("55P03", .none), ("57014", .none), ("53100", .none), ("53300", .none), ("28P01", .none), ("3D000", .none),
            ("42P01", .none),
            ("42501", .none), ("XX001", .none), ("22021", .none), ("57P04", .none),
        ] as [(String, Recovery)])
    func `the server's code decides it`(state: String, recovery: Recovery) {
        #expect(Recovery(PostgreSQLError(.server, "no", sqlState: state, wasSent: true)) == recovery)
        #expect(Recovery(PostgreSQLError(.lost, "no", sqlState: state)) == recovery)
    }

    @Test func `a number of an audit entry that is taken is drawn anew`() {
        let message = "duplicate key value violates unique constraint \"audit_event_2026_11_pkey\""
        #expect(Recovery(PostgreSQLError(.server, message, sqlState: "23505")) == .again)
    }

    @Test func `a lost connection is replaced, and nothing else is tried in vain`() {
        #expect(Recovery(PostgreSQLError(.lost, "gone")) == .reconnect)
        for kind in [PostgreSQLError.Kind.timedOut, .library, .warning, .unreadable, .server] {
            #expect(Recovery(PostgreSQLError(kind, "no")) == .none)
        }
    }

    @Test func `waits before a retry are drawn, grow, and end at the deadline`() {
        let waits = Mutex<[Duration]>([])
        var numbers: [UInt64] = [0, 1023, 0, 1023]
        let draws = Mutex(numbers)
        let backoff = Backoff(
            random: { draws.withLock { $0.removeFirst() } }, sleep: { time in waits.withLock { $0.append(time) } })
        for tries in [1, 1, 2, 2] { backoff.wait(before: tries, until: .now + .seconds(60)) }
        let found = waits.withLock { $0 }
        #expect(found[0] == .milliseconds(20) && found[2] == .milliseconds(80))
        #expect(found[1] > .milliseconds(39) && found[1] < .milliseconds(40))
        #expect(found[3] > .milliseconds(159) && found[3] < .milliseconds(160))
        numbers = []
        backoff.wait(before: 1, until: .now)
        #expect(waits.withLock { $0.count } == 4)
    }

    @Test func `a count is work by its rows, and by its time once that is long`() {
        #expect(ListWork.units(rows: 10, time: .zero) < ListTotals.remembered)
        #expect(ListWork.units(rows: 20_000, time: .zero) >= ListTotals.remembered)
        #expect(ListWork.units(rows: 0, time: .seconds(1)) >= ListTotals.remembered)
        #expect(ListWork.units(rows: .max, time: .zero) == .max)
    }
}
