import Identity
import StoreContract
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// Commits whose answer is lost, by way of a proxy that breaks connections.
struct PostgreSQLLostCommitTests {
    let installation: PostgreSQLInstallation
    let proxy: FaultyProxy
    let store: PostgreSQLStore

    init() throws {
        installation = try PostgreSQLInstallation()
        proxy = try FaultyProxy(to: PostgreSQLCluster.shared())
        store = try PostgreSQLStore(
            proxy.target(installation.schema), schema: installation.schema.name,
            random: PostgreSQLTestSchema.random)
    }

    private func entries(_ kind: AuditEvent.Kind) throws -> Int64? {
        try installation.schema.number("SELECT count(*) FROM audit_event WHERE kind = '\(kind.rawValue)'")
    }

    @Test(arguments: [FaultyProxy.Fault.dropsCommit, .dropsAnswer])
    func `a login is done once, whether its commit or the answer to it was lost`(_ fault: FaultyProxy.Fault) throws {
        for _ in 0..<3 {
            let session = try installation.session()
            proxy.breakCommits(fault)
            #expect(try installation.begin(session, in: store) != nil)
            #expect(try installation.accepts(session))
        }
        #expect(try entries(.loginSucceeded) == 3)
        #expect(store.figures.ambiguousCommits == 3)
    }

    @Test(arguments: [FaultyProxy.Fault.dropsCommit, .dropsAnswer])
    func `the end of a session is done once, and its count is the one that was lost`(_ fault: FaultyProxy.Fault) throws
    {
        let session = try installation.session()
        try installation.begin(session)
        proxy.breakCommits(fault)
        #expect(try installation.end(session, in: store) == 1)
        #expect(try !installation.accepts(session))
        #expect(try entries(.sessionEnded) == 1)
    }

    @Test(arguments: [FaultyProxy.Fault.dropsCommit, .dropsAnswer])
    func `a registration is done once, and is no conflict with itself`(_ fault: FaultyProxy.Fault) throws {
        let account = try IdentityStoreContract.account(
            "ann@example.test", in: installation.organization.id, at: installation.now)
        proxy.breakCommits(fault)
        #expect(
            try store.insert(
                account, passwordHash: "$h", event: IdentityStoreContract.event(.accountRegistered, account: account.id)
            )
        )
        #expect(try store.account(account.id) == account)
        #expect(try entries(.accountRegistered) == 1)
    }

    @Test(arguments: [FaultyProxy.Fault.dropsCommit, .dropsAnswer])
    func `an entry of the audit log is written once, by a transaction of one round trip`(
        _ fault: FaultyProxy.Fault
    ) throws {
        proxy.breakCommits(fault)
        try store.append(IdentityStoreContract.event(.logout))
        #expect(try entries(.logout) == 1)
    }

    /// Counters that begin with three attempts, and the result of one more change.
    private func attempts(after fault: FaultyProxy.Fault, repeats: Bool, adding step: Int64) throws -> Int64? {
        let (now, key) = (installation.now, ThrottleKey(bytes: [7]))
        func counter(_ attempts: Int64) -> ThrottleCounter {
            ThrottleCounter(attempts: attempts, since: now, blockedUntil: now, expiresAt: now + 60)
        }
        try store.changeCounters([key], repeats: true) { _ in [key: counter(3)] }
        proxy.breakCommits(fault)
        try store.changeCounters([key], repeats: repeats) { counters in
            [key: counter((counters[key]?.attempts ?? 0) + step)]
        }
        return try store.counters([key])[key]?.attempts
    }

    @Test func `an attempt is counted, twice rather than not at all`() throws {
        let undone = try attempts(after: .dropsCommit, repeats: true, adding: 1)
        #expect(undone == 4)
        let done = try attempts(after: .dropsAnswer, repeats: true, adding: 1)
        #expect(done == 5)
    }

    @Test func `an attempt is given back not at all rather than twice`() throws {
        let undone = try attempts(after: .dropsCommit, repeats: false, adding: -1)
        #expect(undone == 3)
        let done = try attempts(after: .dropsAnswer, repeats: false, adding: -1)
        #expect(done == 2)
    }

    @Test func `one that is lost each time is given up after three`() throws {
        proxy.breakCommits(.dropsCommit, times: 100)
        let error = #expect(throws: StoreError.self) {
            try store.append(IdentityStoreContract.event(.logout))
        }
        #expect(error?.kind == .uncertain)
        #expect(proxy.commits == 3)
        #expect(try entries(.logout) == 0)
    }

    @Test func `one whose server is gone afterwards may have been done, and says so`() throws {
        let session = try installation.session()
        proxy.breakCommits(.dropsAnswerAndAll)
        let error = #expect(throws: StoreError.self) { try installation.begin(session, in: store) }
        #expect(error?.kind == .uncertain)
        #expect(error?.description.contains("may have been") == true)
        // It was.
        #expect(try installation.accepts(session))
    }

    @Test func `one whose answer never comes may have been done, and says so at its deadline`() throws {
        let session = try installation.session()
        proxy.breakCommits(.swallowsAnswer)
        let error = #expect(throws: StoreError.self) { try installation.begin(session, in: store) }
        #expect(error?.kind == .uncertain)
        #expect(try installation.accepts(session))
        // The next one has a connection of its own.
        let next = try installation.session()
        #expect(try installation.begin(next, in: store) != nil)
    }
}
