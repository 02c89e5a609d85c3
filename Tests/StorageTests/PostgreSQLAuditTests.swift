import Glibc
import Identity
import StoreContract
import TestSupport
import Testing

@testable import Storage

/// The audit log on PostgreSQL: its months, its end, and attempts to remove entries.
struct PostgreSQLAuditTests {
    let installation: PostgreSQLInstallation
    var schema: PostgreSQLTestSchema { installation.schema }
    var store: PostgreSQLStore { installation.store }
    /// 2001-09-09, for which no month is made ahead.
    let past = Timestamp(secondsSince1970: 1_000_000_000)

    init() throws { installation = try PostgreSQLInstallation() }

    private func count() throws -> Int64? {
        try schema.number("SELECT count(*) FROM audit_event WHERE time < 1100000000")
    }

    private func prune(before moment: Timestamp) throws -> Int {
        try store.pruneAudit(before: moment, event: IdentityStoreContract.event(.auditPruned))
    }

    @Test func `a month that is missing is made by the entry that needs it`() throws {
        #expect(try schema.number("SELECT count(to_regclass('audit_event_2001_09'))") == 0)
        try store.append(IdentityStoreContract.event(.logout, at: past))
        #expect(try schema.number("SELECT count(*) FROM audit_event_2001_09") == 1)
    }

    @Test(arguments: [
        "DELETE FROM audit_event", "DELETE FROM audit_event_2001_09", "UPDATE audit_event SET address = ''",
        "UPDATE audit_event_2001_09 SET time = time + 1", "TRUNCATE audit_event",
    ])
    func `an entry can't be removed or changed, even by the owner of the tables`(_ statement: String) throws {
        try store.append(IdentityStoreContract.event(.logout, at: past))
        #expect(throws: PostgreSQLError.self) { try schema.query(statement) }
        // Nor after a pruning that allows nothing more.
        #expect(try prune(before: past + -1) == 0)
        #expect(throws: PostgreSQLError.self) { try schema.query(statement) }
        #expect(try count() == 1)
    }

    @Test func `pruning takes whole months with their tables, and the rest entry by entry`() throws {
        for (month, moment) in [past, past + 40 * 86_400, past + 80 * 86_400].enumerated() {
            for second in 0...month {
                try store.append(IdentityStoreContract.event(.logout, at: moment + Int64(second)))
            }
        }
        #expect(try count() == 6)
        // Two months, and one of the three entries of the last one.
        #expect(try prune(before: past + 80 * 86_400 + 1) == 4)
        #expect(try count() == 2)
        #expect(try schema.number("SELECT count(to_regclass('audit_event_2001_09'))") == 0)
        #expect(try schema.number("SELECT count(to_regclass('audit_event_2001_11'))") == 1)
    }

    @Test func `a month that others are writing to is left to the next round`() throws {
        try store.append(IdentityStoreContract.event(.logout, at: past))
        let other = try schema.connection()
        defer { other.close() }
        _ = try other.exchange(
            [PostgreSQLStatement("BEGIN"), PostgreSQLStatement("LOCK TABLE audit_event IN ROW EXCLUSIVE MODE")],
            deadline: .now + .seconds(60))
        #expect(try prune(before: past + 80 * 86_400) == 0)
        #expect(try count() == 1)
        _ = try other.exchange([PostgreSQLStatement("COMMIT")], deadline: .now + .seconds(60))
        #expect(try prune(before: past + 80 * 86_400) == 1)
        #expect(try count() == 0)
    }

    @Test func `an entry that commits late is not missed by one who follows the log`() throws {
        let late = try schema.connection()
        defer { late.close() }
        // A transaction that has written its entry, and commits later than the next one.
        _ = try late.exchange(
            [PostgreSQLStatement("BEGIN"), AuditHorizon.lock, Self.insertion], deadline: .now + .seconds(60))
        try store.append(IdentityStoreContract.event(.loginSucceeded, at: .init(secondsSince1970: try serverTime())))
        var filter = AuditFilter()
        filter.since = Timestamp(secondsSince1970: try serverTime() - 60)
        #expect(try store.auditEvents(filter, PageRequest()).items.isEmpty)
        _ = try late.exchange([PostgreSQLStatement("COMMIT")], deadline: .now + .seconds(60))
        #expect(try store.auditEvents(filter, PageRequest()).items.map(\.kind) == [.loginSucceeded, .logout])
    }

    private static let insertion = PostgreSQLStatement(
        """
        INSERT INTO audit_event (sequence, id, time, kind, credential, address, request_id)
        SELECT microseconds << 10, 1, microseconds / 1000000, 'logout', 'none', '', 'late'
        FROM (SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS microseconds) AS clock
        """)

    @Test func `writers of another schema hold up neither a list nor the search for a lost commit`() throws {
        // No writers of other tests.
        let cluster = try PostgreSQLCluster()
        let (own, others) = (try PostgreSQLTestSchema(cluster), try PostgreSQLTestSchema(cluster))
        let (store, _) = (try own.store(.single), try others.store(.single))
        func begin(_ schema: PostgreSQLTestSchema, _ more: [PostgreSQLStatement]) throws -> PostgreSQLConnection {
            let connection = try schema.connection()
            _ = try connection.exchange(
                [PostgreSQLStatement("BEGIN"), AuditHorizon.lock] + more, deadline: .now + .seconds(60))
            usleep(20_000)
            return connection
        }
        func entries() throws -> Int {
            var filter = AuditFilter()
            filter.since = Timestamp(secondsSince1970: try serverTime() - 60)
            return try store.auditEvents(filter, PageRequest()).items.count
        }
        func isHeld(_ schema: PostgreSQLTestSchema) throws -> Bool {
            let connection = try schema.connection()
            defer { connection.close() }
            return try connection.exchange(
                [AuditHorizon.held(longerThan: .zero)], deadline: .now + .seconds(60))[0].rowCount > 0
        }
        let other = try begin(others, [Self.insertion])
        try store.append(IdentityStoreContract.event(.loginSucceeded, at: .init(secondsSince1970: try serverTime())))
        #expect(try entries() == 1)
        #expect(try isHeld(others) && !isHeld(own))
        // One that has not come to its entry yet gets a place behind the end of the list; but it is under way.
        let waiting = try begin(own, [])
        #expect(try entries() == 1)
        #expect(try isHeld(own))
        waiting.close()
        let late = try begin(own, [Self.insertion])
        try store.append(IdentityStoreContract.event(.loginSucceeded, at: .init(secondsSince1970: try serverTime())))
        #expect(try entries() == 1)
        #expect(try isHeld(own))
        _ = try late.exchange([PostgreSQLStatement("COMMIT")], deadline: .now + .seconds(60))
        #expect(try entries() == 3)
        for connection in [other, late] { connection.close() }
    }

    private func serverTime() throws -> Int64 {
        try schema.number("SELECT CAST(extract(epoch FROM clock_timestamp()) AS BIGINT)") ?? 0
    }
}
