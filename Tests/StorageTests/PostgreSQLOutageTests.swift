import Foundation
import Identity
import StoreContract
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// Databases that are full, held up, read-only or gone: each request meanwhile fails in time, as unavailable and as
/// nothing else, and all goes on by itself afterwards.
struct PostgreSQLOutageTests {
    /// The longest time of a failure: the deadline of a write and the wait for a connection, on a machine that is busy.
    private static let patience = Duration.seconds(20)

    /// The kind of error with which something fails, and nothing else than a store's error.
    private func failure(_ work: () throws -> Void) throws -> StoreError.Kind? {
        do {
            try work()
            return nil
        } catch let error as StoreError {
            return error.kind
        }
    }

    /// Waits until something works again.
    private func waitUntilDone(_ work: () throws -> Void) throws {
        let end = ContinuousClock.now + .seconds(30)
        while try failure(work) != nil {
            guard ContinuousClock.now < end else {
                Issue.record("it does not work again by itself")
                return
            }
            usleep(20_000)
        }
    }

    // supabase/auth PR#1202, keycloak#17161, keycloak#43946, authentik#22412
    @Test func `one locked row and as many writers as there are connections hold up no verify`() throws {
        let responders = try PostgreSQLResponders(1)
        let (contract, store) = (responders.contract, responders.stores[0])
        let account = try contract.add("ann@example.test")
        let other = try contract.add("bob@example.test")
        let session = try contract.session(of: account)
        _ = try contract.begin(session, of: account)
        let connection = try responders.connection()
        try connection.execute("BEGIN")
        _ = try connection.rows(
            "SELECT 1 FROM account WHERE id = ? FOR UPDATE", [Int64(bitPattern: account.id.rawValue)])
        let isOver = Atomic(false)
        let verifies = Background { [responders] in
            var count = 0
            while !isOver.load(ordering: .relaxed) {
                let isAccepted = try responders.accepts(session, by: store)
                #expect(isAccepted)
                count += 1
            }
            return count
        }
        let began = ContinuousClock.now
        let kinds = Mutex<[StoreError.Kind?]>([])
        concurrently(24) { number in
            let kind = try failure { try responders.rename(account, to: "Ann \(number)", by: store) }
            kinds.withLock { $0.append(kind) }
        }
        #expect(kinds.withLock { $0.allSatisfy { $0 == .unavailable } })
        #expect(ContinuousClock.now - began < Self.patience)
        isOver.store(true, ordering: .relaxed)
        #expect(try verifies.value() > 10)
        try connection.execute("ROLLBACK")
        try waitUntilDone { try responders.rename(account, to: "Anna", by: store) }
        try responders.rename(other, to: "Bob", by: store)
        #expect(try store.account(account.id)?.givenName == "Anna")
    }

    // authentik#9157
    @Test func `a server without a free connection is unavailable, and used again once it has one`() throws {
        let cluster = try PostgreSQLCluster(["max_connections = 12", "superuser_reserved_connections = 2"])
        let superuser = try TestPostgreSQL(cluster.uri)
        for sql in ["CREATE ROLE postern LOGIN", "CREATE DATABASE postern OWNER postern"] {
            _ = try superuser.rows(sql)
        }
        let uri = "postgresql://postern@/postern?host=\(try #require(cluster.folder))"
        let responders = try PostgreSQLResponders(1, in: uri)
        let (contract, store) = (responders.contract, responders.stores[0])
        let account = try contract.add("ann@example.test")
        let session = try contract.session(of: account)
        _ = try contract.begin(session, of: account)
        // All connections of the responder are lost, and others take each that is free.
        _ = try superuser.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ?",
            ["postern \(responders.schema)"])
        var others: [PostgreSQLConnection] = []
        let target = try PostgreSQLTarget(uri).inSchema("others")
        while let other = try? PostgreSQLConnection(target, deadline: .now + .seconds(10)) { others.append(other) }
        #expect(others.count > 5)
        for _ in 0..<3 {
            #expect(try failure { _ = try responders.accepts(session, by: store) } == .unavailable)
            #expect(try failure { try responders.rename(account, to: "Ann", by: store) } == .unavailable)
            #expect(try failure { try store.checkReadiness() } == .unavailable)
        }
        others = []
        try waitUntilDone {
            let isAccepted = try responders.accepts(session, by: store)
            #expect(isAccepted)
        }
        try waitUntilDone { try responders.rename(account, to: "Anna", by: store) }
    }

    // keycloak#24493, keycloak#22422
    @Test func `no connection stays with a server that takes no more writes, and readiness tells so`() throws {
        let cluster = try PostgreSQLCluster()
        let responders = try PostgreSQLResponders(1, in: cluster.uri)
        let (contract, store) = (responders.contract, responders.stores[0])
        let account = try contract.add("ann@example.test")
        let session = try contract.session(of: account)
        _ = try contract.begin(session, of: account)
        // As a standby does, it refuses writes by 25006, and says so at each connection.
        let superuser = try TestPostgreSQL(cluster.uri)
        func set(_ value: String) throws {
            _ = try superuser.rows("ALTER SYSTEM SET default_transaction_read_only = \(value)")
            _ = try superuser.rows("SELECT pg_reload_conf()")
        }
        try set("on")
        let end = ContinuousClock.now + .seconds(30)
        while try failure({ try responders.rename(account, to: "Ann", by: store) }) == nil {
            try #require(ContinuousClock.now < end, "writes are still taken")
        }
        for _ in 0..<3 {
            #expect(try failure { try responders.rename(account, to: "Ann", by: store) } == .unavailable)
            #expect(try failure { try store.checkReadiness() } == .unavailable)
        }
        // Heartbeats go on looking for a server that takes writes, each with a connection that it closes at once.
        let connections = { [responders] in
            try superuser.number(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = ? AND backend_type = 'client backend'",
                ["postern \(responders.schema)"])
        }
        let last = ContinuousClock.now + .seconds(60)
        while try connections() != 0 { try #require(ContinuousClock.now < last, "connections stay") }
        // The connection to the superuser's own is older than the change.
        _ = try superuser.rows("SET default_transaction_read_only = off")
        try set("off")
        try waitUntilDone { try responders.rename(account, to: "Anna", by: store) }
        #expect(try responders.accepts(session, by: store))
        try store.checkReadiness()
    }

    // hydra#1928
    @Test func `a database that is gone never makes a good credential an unknown one`() throws {
        let cluster = try PostgreSQLCluster()
        let responders = try PostgreSQLResponders(2, in: cluster.uri)
        let (contract, store) = (responders.contract, responders.stores[1])
        let account = try contract.add("ann@example.test")
        let session = try contract.session(of: account)
        _ = try contract.begin(session, of: account)
        #expect(try responders.accepts(session, by: store))
        let answers = Mutex<[String: Int]>([:])
        let isOver = Atomic(false)
        let verifies = (0..<4).map { _ in
            Background { [responders] in
                while !isOver.load(ordering: .relaxed) {
                    var answer = "accepted"
                    do {
                        if try !responders.accepts(session, by: store) { answer = "unknown" }
                    } catch let error as StoreError {
                        answer = "\(error.kind)"
                    }
                    answers.withLock { $0[answer, default: 0] += 1 }
                }
            }
        }
        usleep(200_000)
        let folder = try #require(cluster.folder)
        // Every process of it ends at once, as in a crash.
        try Self.stop(folder)
        usleep(300_000)
        #expect(
            try failure { _ = try store.passwordLookup(emailKey: "ann@example.test", decoySeed: 0) } == .unavailable)
        #expect(try failure { _ = try store.account(emailKey: "ann@example.test") } == .unavailable)
        isOver.store(true, ordering: .relaxed)
        for verify in verifies { try verify.value() }
        let found = answers.withLock { $0 }
        #expect(Set(found.keys) == ["accepted", "unavailable"], "\(found)")
    }

    /// Ends all processes of a cluster.
    private static func stop(_ folder: String) throws {
        let text = try String(contentsOfFile: "\(folder)/data/postmaster.pid", encoding: .utf8)
        let pid = try #require(text.split(separator: "\n").first.flatMap { pid_t($0) })
        kill(pid, SIGQUIT)
    }
}
