import Glibc
import Identity
import StoreContract
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// Heartbeats that nobody acknowledges, and those of a program that is too old.
struct PostgreSQLHeartbeatTests {
    @Test func `without a standby that acknowledges nothing is believed after the lease, until one does`() throws {
        let failover = try PostgreSQLFailover()
        let session = try failover.installation.session()
        try failover.installation.begin(session)
        let reports = Mutex<[String]>([])
        let store = try failover.store { report in reports.withLock { $0.append(report) } }
        try store.startHeartbeat()
        defer { store.stopHeartbeat() }
        try failover.wait(until: .accepted, of: session, by: store)
        let lookups = try store.pools.lookups.lend(until: .now + .seconds(60)) { $0.connection }
        try failover.pair.standby.control("stop")
        try failover.wait(until: .unavailable, of: session, by: store)
        #expect(try #require(store.figures.heartbeatAge) >= failover.times.lease)
        #expect(store.figures.isFenced)
        // They lead to the server as before, and nothing is wrong with them.
        #expect(lookups.isOpen)
        try failover.pair.standby.control("start")
        try failover.wait(until: .accepted, of: session, by: store)
        let told = reports.withLock { $0 }
        #expect(told.first?.contains("acknowledges no heartbeat") == true, "\(told)")
        #expect(told.first?.contains("pg_stat_replication") == true, "\(told)")
        #expect(told.last?.contains("again") == true, "\(told)")
    }

    @Test func `a heartbeat whose wait for a standby somebody ends was not acknowledged`() throws {
        let failover = try PostgreSQLFailover()
        let session = try failover.installation.session()
        try failover.installation.begin(session)
        let store = try failover.store()
        try store.startHeartbeat()
        defer { store.stopHeartbeat() }
        try failover.wait(until: .accepted, of: session, by: store)
        try failover.pair.standby.control("stop")
        let connection = try TestPostgreSQL(failover.pair.primary.uri)
        try PostgreSQLFailover.wait("nothing is believed") {
            _ = try connection.rows(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'", [])
            return try failover.verdict(session, by: store) == .unavailable
        }
    }

    @Test func `a search for a lost commit takes no ended wait for a standby as its confirmation`() throws {
        let failover = try PostgreSQLFailover()
        try failover.pair.standby.control("stop")
        let connection = try PostgreSQLConnection(
            failover.installation.schema.target, deadline: .now + .seconds(60))
        let confirmation = Background {
            try connection.exchange([CommitSearch.touch], deadline: .now + .seconds(60)).warnings
        }
        try failover.waitUntilCommitHangs()
        let other = try TestPostgreSQL(failover.pair.primary.uri)
        _ = try other.rows("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'", [])
        #expect(try confirmation.value().count == 1)
    }

    @Test func `the wait of new tables for a standby is told, bounded, and says why`() throws {
        let failover = try PostgreSQLFailover()
        let reports = Mutex<[String]>([])
        func connect() throws -> PostgreSQLConnection {
            try PostgreSQLConnection(failover.installation.schema.target, deadline: .now + .seconds(60))
        }
        func begin(_ connection: PostgreSQLConnection) throws -> StandbyWait {
            let times = StandbyWait.Times(silence: .milliseconds(200), patience: .seconds(2))
            return try StandbyWait(connection, deadline: .now + .seconds(60), times: times) { report in
                reports.withLock { $0.append(report) }
            }
        }
        func commit(_ wait: StandbyWait, _ connection: PostgreSQLConnection) throws {
            try wait.commit(by: .now + .seconds(60)) { deadline in
                _ = try connection.exchange([CommitSearch.touch], deadline: deadline)
            }
        }
        let connection = try connect()
        let wait = try begin(connection)
        try commit(wait, connection)
        #expect(reports.withLock { $0 }.allSatisfy { $0.contains("ANY 1 (standby)") })
        // It is connected, and acknowledges nothing.
        try failover.pair.standby.signal(SIGSTOP, to: "walreceiver")
        reports.withLock { $0 = [] }
        let unacknowledged = #expect(throws: StoreError.self) { try commit(wait, connection) }
        try failover.pair.standby.signal(SIGCONT, to: "walreceiver")
        try failover.pair.standby.control("stop")
        let missing = #expect(throws: StoreError.self) { _ = try begin(connect()) }
        for error in [unacknowledged, missing] {
            #expect(error?.kind == .unavailable)
            #expect(error?.description.contains("waiting for a synchronous standby (ANY 1 (standby))") == true)
        }
        #expect(reports.withLock { $0 }.count == 2)
    }

    @Test func `a responder stops to serve when the tables become too new for it, and goes on where they are not`()
        throws
    {
        let installation = try PostgreSQLInstallation()
        let schema = installation.schema
        let session = try installation.session()
        try installation.begin(session)
        let reports = Mutex<[String]>([])
        let store = try PostgreSQLStore(
            schema.base, schema: schema.name, knowing: PostgreSQLSchema.version,
            times: FencingTimes(interval: .milliseconds(200)), random: PostgreSQLTestSchema.random
        ) { report in reports.withLock { $0.append(report) } }
        try store.startHeartbeat()
        defer { store.stopHeartbeat() }
        try PostgreSQLFailover.wait("it serves") { try installation.accepts(session, in: store) }
        try schema.query("INSERT INTO migration (version, oldest) VALUES (98, \(PostgreSQLSchema.version))")
        usleep(1_000_000)
        #expect(try installation.accepts(session, in: store))
        try schema.query("INSERT INTO migration (version, oldest) VALUES (99, 99)")
        try PostgreSQLFailover.wait("it stops") {
            do {
                _ = try installation.accepts(session, in: store)
                return false
            } catch let error as StoreError {
                return error.kind == .unusable && error.description.contains("install that version")
            }
        }
        #expect(throws: StoreError.self) { try store.append(IdentityStoreContract.event(.logout)) }
        #expect(throws: StoreError.self) { try store.checkReadiness() }
        try PostgreSQLFailover.wait("the log says what to do") {
            reports.withLock { $0.contains { $0.contains("503") && $0.contains("install that version") } }
        }
        try schema.query("DELETE FROM migration WHERE version > \(PostgreSQLSchema.version)")
        try PostgreSQLFailover.wait("it goes on") { (try? installation.accepts(session, in: store)) == true }
    }

    @Test func `a look at the tables that was under way when they became too new opens nothing`() throws {
        let installation = try PostgreSQLInstallation()
        let (schema, source) = (installation.schema, installation.store.pools.source)
        var isOpened = false
        // Its connection waits for the lock for 2 s at most, and the machine may be slower.
        for _ in 0..<20 where !isOpened {
            let locker = try schema.connection()
            defer { locker.close() }
            try locker.run(PostgreSQLStatement("BEGIN"), PostgreSQLStatement("LOCK TABLE migration"))
            source.giveUp(source.currentGeneration)
            let opening = Background { try source.open(deadline: .now + .seconds(60)).connection.close() }
            try PostgreSQLFailover.wait("it waits for the table") {
                let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = "
                return try schema.number("\(waiting) CAST('migration' AS REGCLASS)") != 0
            }
            // As a heartbeat does that finds them too new.
            source.giveUp(source.currentGeneration)
            try locker.run(PostgreSQLStatement("COMMIT"))
            isOpened = (try? opening.value()) != nil
        }
        #expect(isOpened)
        try schema.query("INSERT INTO migration (version, oldest) VALUES (99, 99)")
        let error = #expect(throws: StoreError.self) { try source.open(deadline: .now + .seconds(60)) }
        #expect(error?.kind == .unusable)
    }

    @Test func `tables are not changed while responders serve that could not go on`() throws {
        let installation = try PostgreSQLInstallation()
        let schema = installation.schema
        let next = PostgreSQLSchema.version + 1
        func migrate(oldest: Int64) throws {
            let connection = try schema.connection()
            defer { connection.close() }
            try SchemaMigrator(
                connection: connection, target: schema.target, backoff: Backoff(random: PostgreSQLTestSchema.random),
                deadline: .now + .seconds(60),
                migrations: [.init(version: next, oldest: oldest, statements: ["CREATE TABLE added (id BIGINT)"])]
            ).migrate()
        }
        func version() throws -> Int64? { try schema.number("SELECT max(version) FROM migration") }
        try installation.store.startHeartbeat()
        let error = #expect(throws: StoreError.self) { try migrate(oldest: next) }
        #expect(error?.kind == .unusable)
        #expect(error?.description.contains("too old to go on with the new tables (1)") == true)
        #expect(try version() == PostgreSQLSchema.version)
        // One that ends takes its row along.
        installation.store.stopHeartbeat()
        try migrate(oldest: next)
        #expect(try version() == next)
    }
}
