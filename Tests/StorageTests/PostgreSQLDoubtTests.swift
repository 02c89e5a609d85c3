import Identity
import TestSupport
import Testing

@testable import Storage

/// Servers that are asked last, since they were found not to be the primary.
struct PostgreSQLDoubtTests {
    private func folder(_ cluster: PostgreSQLCluster) throws -> String {
        try #require(PostgreSQLTarget(cluster.uri).hosts.first).name
    }

    private func target(_ folders: [String]) throws -> PostgreSQLTarget {
        try PostgreSQLTarget("postgresql://postgres@/postgres?host=\(folders.joined(separator: ","))")
    }

    @Test func `a doubt ends after thirty seconds, or with the first acknowledgement`() throws {
        let hosts = try target(["/one", "/two"]).hosts
        let places = hosts.map { PostgreSQLTarget.Place(host: $0, address: nil) }
        let other = PostgreSQLTarget.Place(host: hosts[0], address: "192.0.2.1")
        let (doubted, start) = (DoubtedServers(), ContinuousClock.now)
        for place in places { doubted.insert(place, at: start) }
        #expect(places.allSatisfy { doubted.contains($0, at: start + .milliseconds(29_999)) })
        #expect(!doubted.contains(other, at: start))
        #expect(!places.contains { doubted.contains($0, at: start + .seconds(30)) })
        doubted.remove(places[0])
        #expect(!doubted.contains(places[0], at: start) && doubted.contains(places[1], at: start))
        // One that has ended is forgotten with the next doubt.
        doubted.insert(other, at: start + .seconds(30))
        #expect(!doubted.contains(places[1], at: start))
    }

    @Test func `a doubted server that answers first is not taken while another one is on its way to answer`() throws {
        let (old, new) = (try PostgreSQLCluster.shared(), try PostgreSQLCluster(["post_auth_delay = 1"]))
        let target = try target([folder(old), folder(new)])
        let first = try PostgreSQLConnection(target, deadline: .now + .seconds(60))
        #expect(try first.place.host.name == folder(old))
        target.findings.doubted.insert(first.place)
        for _ in 0..<2 {
            let second = try PostgreSQLConnection(target, deadline: .now + .seconds(60))
            #expect(try second.place.host.name == folder(new))
        }
    }

    @Test func `a doubted server is taken where all others refuse, or are silent for half of the time`() throws {
        let standby = try PostgreSQLCluster(["default_transaction_read_only = on"])
        let silent = try SilentServer()
        let shared = try folder(PostgreSQLCluster.shared())
        for folders in [[shared], [shared, try folder(standby), "/nowhere"], [silent.folder.path, shared]] {
            let target = try target(folders)
            for host in target.hosts where host.name == shared {
                target.findings.doubted.insert(PostgreSQLTarget.Place(host: host, address: nil))
            }
            let start = ContinuousClock.now
            let connection = try PostgreSQLConnection(target, deadline: .now + .seconds(60))
            #expect(connection.place.host.name == shared)
            // Of the time that is left it waits no more than a single server has.
            if folders[0] != shared { #expect(start.duration(to: .now) >= .milliseconds(2_900)) }
        }
    }

    @Test func `a heartbeat that is acknowledged ends the doubt of its server`() throws {
        let installation = try PostgreSQLInstallation()
        let store = installation.store
        let place = try store.pools.readers.lend(until: .now + .seconds(60)) { $0.connection.place }
        // So that it does not end by itself.
        store.target.findings.doubted.insert(place, at: .now + .seconds(600))
        try store.startHeartbeat()
        defer { store.stopHeartbeat() }
        try PostgreSQLFailover.wait("nothing is doubted") { !store.target.findings.doubted.contains(place) }
    }
}
