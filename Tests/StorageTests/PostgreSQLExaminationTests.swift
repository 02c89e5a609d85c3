import Glibc
import Identity
import TestSupport
import Testing

@testable import Storage

/// The findings of `postern check` about a server, its standbys and the way to it.
struct PostgreSQLExaminationTests {
    private func examine(_ uri: String, ahead: Duration = .zero) throws -> PostgreSQLReport {
        try PostgreSQLStore.examine(PostgreSQLTarget(uri)) {
            var time = timespec()
            _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
            return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec) + ahead
        }
    }

    @Test func `the standbys are told, those that are named and those that are there`() throws {
        let alone = try examine(PostgreSQLCluster.shared().uri)
        #expect(alone.synchronousStandbyNames.isEmpty && alone.standbys == 0)
        let pair = try PostgreSQLPair(["synchronous_commit = remote_apply"])
        let both = try examine(pair.uri)
        #expect(both.synchronousStandbyNames == "ANY 1 (standby)" && both.standbys == 1)
        #expect(both.synchronousCommit == "remote_apply")
        #expect(!both.keepsWrites)
        try pair.standby.control("stop")
        let left = try examine(pair.uri)
        #expect(left.synchronousStandbyNames == "ANY 1 (standby)" && left.standbys == 0)
        // One that is named last, and has taken over.
        try pair.primary.control("stop", "-m", "immediate")
        try pair.standby.control("start")
        try pair.standby.control("promote")
        let promoted = try examine(pair.uri)
        #expect(promoted.synchronousStandbyNames.isEmpty && promoted.standbys == 0)
    }

    @Test func `a standby alone is no database that takes writes, and the error says so`() throws {
        let pair = try PostgreSQLPair()
        let error = #expect(throws: StoreError.self) { try examine(PostgreSQLPair.uri([pair.standby])) }
        #expect(error?.kind == .unavailable)
        #expect(error?.description.contains("no server of the URI takes writes") == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [-3600, -5, 5, 3600])
    func `the difference of the clocks is the server's minus this machine's`(seconds: Int) throws {
        let found = try examine(PostgreSQLCluster.shared().uri, ahead: .seconds(seconds)).clockDifference
        // Half of a round trip, which takes its time on a busy machine.
        #expect(abs(found + .seconds(seconds)) < .seconds(4), "\(found)")
    }

    @Test func `another encoding and a pooler are told`() throws {
        let cluster = try PostgreSQLCluster()
        let superuser = try TestPostgreSQL(cluster.uri)
        _ = try superuser.rows(
            "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0", [])
        let latin = try PostgreSQLTarget(cluster.uri.replacing("/postgres?", with: "/latin?"))
        let report = try PostgreSQLStore.examine(latin, clock: { .zero })
        #expect(report.encoding == "LATIN1" && !report.isPooled && report.schemaVersion == nil)
        let error = #expect(throws: StoreError.self) {
            _ = try PostgreSQLStore.create(latin, random: PostgreSQLTestSchema.random)
        }
        #expect(error?.description.contains("LATIN1") == true)
        let pooler = try Pooler(cluster, ["ignore_startup_parameters = options"])
        let pooled = try examine(pooler.uri)
        #expect(pooled.isPooled && pooled.encoding == "UTF8")
        withExtendedLifetime(pooler) {}
    }

    private func abs(_ duration: Duration) -> Duration { max(duration, .zero - duration) }
}
