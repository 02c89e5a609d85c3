import Identity
import StoreContract
import TestSupport
import Testing

@testable import Storage

/// Attempts to remove entries of the audit log: only pruning can.
struct AuditPruningTests {
    let folder: TemporaryFolder
    let store: SQLiteStore
    let start = Timestamp(secondsSince1970: 1_770_000_000)

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore.create(path: folder.path("p.sqlite3"))
        for second in 0..<10 { try store.append(IdentityStoreContract.event(.logout, at: start + Int64(second))) }
    }

    private func times() throws -> [Int64] {
        try store.read { try $0.all("SELECT time FROM audit_event ORDER BY sequence") { try $0.number(0) }.value }
    }

    private func prune(before moment: Timestamp, at now: Timestamp) throws -> Int {
        try store.pruneAudit(before: moment, event: IdentityStoreContract.event(.auditPruned, at: now))
    }

    @Test(arguments: [
        "DELETE FROM audit_event", "DELETE FROM audit_event WHERE sequence = 5",
        "DELETE FROM audit_event WHERE time < 1770000003",
        "INSERT OR REPLACE INTO audit_event SELECT * FROM audit_event WHERE sequence = 5",
        "UPDATE audit_event SET address = '' WHERE sequence = 5",
    ])
    func `an entry can't be removed or replaced`(_ sql: String) throws {
        let before = try times()
        for _ in 0..<2 {
            #expect(throws: StoreError.self) { try store.write { _ = try $0.run(sql) } }
            #expect(
                try times().filter((2..<10).map { start.secondsSince1970 + $0 }.contains) == Array(before.suffix(8)))
            // Nor after a pruning that allows nothing more.
            _ = try prune(before: start + 2, at: start + 20)
        }
    }

    @Test func `pruning removes what is older than its moment, and leaves its own entry`() throws {
        #expect(try prune(before: start + 4, at: start + 20) == 4)
        #expect(try times() == (4..<10).map { start.secondsSince1970 + $0 } + [start.secondsSince1970 + 20])
        // Also if that moment is still to come: the entries of pruning remain, for they tell of the others.
        #expect(try prune(before: start + 100, at: start + 30) == 7)
        #expect(try times() == [start.secondsSince1970 + 30])
        let details = try store.auditEvents(AuditFilter(), PageRequest()).items.map(\.details)
        #expect(details == [["before": "\(start + 100)"]])
    }

    @Test func `an older moment than the last one's removes what came to be since`() throws {
        #expect(try prune(before: start + 9, at: start + 20) == 9)
        try store.append(IdentityStoreContract.event(.logout, at: start + 1))
        #expect(try prune(before: start + 5, at: start + 30) == 1)
        #expect(try prune(before: start + 5, at: start + 40) == 0)
    }

    @Test func `many are removed some at a time`() throws {
        try store.write { _ = try $0.run(ListPlanTests.entries(12_000)) }
        #expect(try prune(before: Timestamp(secondsSince1970: 1_700_001_000), at: start + 20) == 4000)
    }
}
