import Glibc
import Identity
import TestSupport
import Testing

@testable import Storage

/// A primary whose standbys are asynchronous: it acknowledges heartbeats by itself, also once it was replaced.
struct PostgreSQLTimelineTests {
    let failover: PostgreSQLFailover

    init() throws {
        failover = try PostgreSQLFailover()
        let primary = try TestPostgreSQL(failover.pair.primary.uri)
        _ = try primary.rows("ALTER SYSTEM SET synchronous_standby_names = ''")
        _ = try primary.rows("SELECT pg_reload_conf()")
        try PostgreSQLFailover.wait("the standby is asynchronous") {
            try primary.value("SELECT sync_state FROM pg_stat_replication") == "async"
        }
    }

    /// Ends all connections of stores to the old primary, as a broken network does.
    private func breakConnections() throws {
        let primary = try TestPostgreSQL(failover.pair.primary.uri)
        _ = try primary.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ?",
            ["postern \(failover.installation.schema.name)"])
    }

    private func waitUntilReplayed() throws {
        let primary = try TestPostgreSQL(failover.pair.primary.uri)
        try PostgreSQLFailover.wait("the standby has everything") {
            try primary.value(
                "SELECT CAST(replay_lsn >= pg_current_wal_lsn() AS TEXT) FROM pg_stat_replication") == "true"
        }
    }

    @Test func `once at the new primary no store goes back to the old one, unless it starts anew`() throws {
        let (pair, installation) = (failover.pair, failover.installation)
        let session = try installation.session()
        try installation.begin(session)
        try waitUntilReplayed()
        let store = try failover.store()
        try store.startHeartbeat()
        defer { store.stopHeartbeat() }
        try failover.wait(until: .accepted, of: session, by: store)
        try pair.standby.control("promote")
        try breakConnections()
        _ = try TestPostgreSQL(pair.standby.uri, schema: installation.schema.name).rows("DELETE FROM session")
        try failover.wait(until: .unknown, of: session, by: store)
        try pair.standby.control("stop", "-m", "immediate")
        let end = ContinuousClock.now + .seconds(8)
        while ContinuousClock.now < end {
            #expect(try failover.verdict(session, by: store) == .unavailable)
            usleep(50_000)
        }
        let error = #expect(throws: StoreError.self) { try store.checkReadiness() }
        #expect(error?.kind == .unavailable)
        // A new process finds the old primary.
        #expect(try failover.verdict(session, by: failover.store()) == .accepted)
    }

    @Test func `a store on the old primary finds the new one although the old one acknowledges its heartbeats`() throws
    {
        let (pair, installation) = (failover.pair, failover.installation)
        let session = try installation.session()
        try installation.begin(session)
        let store = try failover.store()
        try store.startHeartbeat()
        defer { store.stopHeartbeat() }
        try failover.wait(until: .accepted, of: session, by: store)
        try waitUntilReplayed()
        try pair.standby.control("promote")
        _ = try TestPostgreSQL(pair.standby.uri, schema: installation.schema.name).rows("DELETE FROM session")
        try failover.wait(until: .unknown, of: session, by: store)
        // As before, the old one takes writes, and has it still.
        let old = try failover.store([pair.primary])
        #expect(try failover.verdict(session, by: old) == .accepted)
    }

    @Test func `a server with an older timeline than one that was met is refused, and told how to go on`() throws {
        let (store, place) = (failover.installation.store, PostgreSQLTarget.Place(host: try host(), address: nil))
        let source = store.pools.source
        try source.admit(7, at: place)
        #expect(!source.target.findings.doubted.contains(place))
        let error = #expect(throws: StoreError.self) { try source.admit(6, at: place) }
        #expect(error?.description.contains("is on timeline 6, and 7 was met before") == true)
        #expect(source.target.findings.doubted.contains(place))
        let failure = #expect(throws: StoreError.self) { _ = try store.account(emailKey: "ann@example.test") }
        #expect(failure?.kind == .unavailable)
        let told = failure?.description ?? ""
        #expect(told.contains("restart the responders"), "\(told)")
        // One that was not replaced after all, as its synchronous standby shows.
        try source.admit(1, at: place, heartbeat: true)
        #expect(try store.account(emailKey: "ann@example.test") == nil)
        // If a newer one has acknowledged something, that is missing there.
        try source.admit(7, at: place, heartbeat: false)
        #expect(throws: StoreError.self) { try source.admit(1, at: place, heartbeat: true) }
    }

    private func host() throws -> PostgreSQLTarget.Host {
        try #require(PostgreSQLTarget(failover.pair.primary.uri).hosts.first)
    }
}
