import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// A server that takes connections and never says a word.
final class SilentServer {
    let folder: TemporaryFolder
    private let descriptor: Int32

    init() throws {
        folder = try TemporaryFolder(inMemory: true)
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = folder.path(".s.PGSQL.5432")
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let code = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(code == 0 && listen(descriptor, 100) == 0)
    }

    deinit { close(descriptor) }
}

struct PostgreSQLDeadlineTests {
    private func statement(_ sql: String, _ values: SQLArgument...) -> PostgreSQLStatement {
        PostgreSQLStatement(sql, values)
    }

    /// The socket's folder of the tests' cluster.
    private func folder() throws -> String {
        try #require(PostgreSQLTarget(PostgreSQLCluster.shared().uri).hosts.first).name
    }

    @Test func `a server that stops in the middle costs the time that was given, and the connection`() throws {
        let connection = try PostgreSQLConnection.ofTests()
        let process = Int32(try #require(try connection.number("SELECT pg_backend_pid()")))
        try #require(kill(process, SIGSTOP) == 0)
        defer { kill(process, SIGCONT) }
        let start = ContinuousClock.now
        let error = #expect(throws: PostgreSQLError.self) {
            try connection.exchange([statement("SELECT 1")], deadline: .now + .milliseconds(300))
        }
        #expect(ContinuousClock.now - start >= .milliseconds(300) && ContinuousClock.now - start < .seconds(20))
        #expect(error?.kind == .timedOut && error?.wasSent == true && !connection.isOpen)
        #expect(connection.inTransaction == .unknown)
    }

    @Test func `a server that stops reading costs the time that was given`() throws {
        let connection = try PostgreSQLConnection.ofTests()
        let process = Int32(try #require(try connection.number("SELECT pg_backend_pid()")))
        try #require(kill(process, SIGSTOP) == 0)
        defer { kill(process, SIGCONT) }
        let error = #expect(throws: PostgreSQLError.self) {
            try connection.exchange(
                [statement("SELECT $1", .bytes([UInt8](repeating: 0, count: 20_000_000)))],
                deadline: .now + .milliseconds(300))
        }
        #expect(error?.kind == .timedOut && error?.wasSent == true && !connection.isOpen)
    }

    @Test func `a transaction that was given up is undone by the server`() throws {
        let (connection, other) = (try PostgreSQLConnection.ofTests(), try PostgreSQLConnection.ofTests())
        let key = Int64.random(in: .min ... .max)
        try connection.run(statement("BEGIN"), statement("SELECT pg_advisory_xact_lock($1)", .integer(key)))
        #expect(try other.number("SELECT CAST(pg_try_advisory_xact_lock($1) AS int)", [.integer(key)]) == 0)
        let error = #expect(throws: PostgreSQLError.self) {
            try connection.run(statement("SELECT pg_sleep(1)"), seconds: 0)
        }
        #expect(error?.kind == .timedOut)
        // Within the time of the sleep, whose end lets the server see that nobody is there.
        try other.run(statement("SELECT pg_advisory_xact_lock($1)", .integer(key)))
    }

    @Test func `a server that takes connections and says nothing costs the time that was given`() throws {
        let silent = try SilentServer()
        let error = #expect(throws: PostgreSQLError.self) {
            try PostgreSQLConnection(
                PostgreSQLTarget("postgresql:///p?host=\(silent.folder.path)"), deadline: .now + .milliseconds(300))
        }
        #expect(error?.kind == .timedOut && error?.wasSent == false)
        #expect(error?.message == "\(silent.folder.path):5432 does not answer")
    }

    @Test func `silent servers hold up the one that answers by a fraction of their time each`() throws {
        let silent = try SilentServer()
        // Eight times three seconds would be too long.
        let hosts = [String](repeating: silent.folder.path, count: 8) + [try folder()]
        let target = try PostgreSQLTarget("postgresql://postgres@/postgres?host=\(hosts.joined(separator: ","))")
        let connection = try PostgreSQLConnection(target, deadline: .now + .seconds(20))
        #expect(try connection.place.host.name == folder())
        // The next connection asks it first.
        let last = target.findings.firstHost.load(ordering: .relaxed)
        #expect(last == 8)
        #expect(try PostgreSQLConnection(target, deadline: .now + .seconds(20)).place.host.name == folder())
    }

    @Test func `a standby that is promoted is found while other servers are silent`() throws {
        let (cluster, silent) = (try PostgreSQLCluster(["default_transaction_read_only = on"]), try SilentServer())
        let standby = try #require(PostgreSQLTarget(cluster.uri).hosts.first).name
        // The last of them has its three seconds from the fourth on.
        let hosts = [standby] + [String](repeating: silent.folder.path, count: 15)
        let target = try PostgreSQLTarget("postgresql://postgres@/postgres?host=\(hosts.joined(separator: ","))")
        let past = try PostgreSQLConnection.ofTests("\(cluster.uri)&target_session_attrs=primary")
        let promotion = Background {
            usleep(500_000)
            try past.run(PostgreSQLStatement("ALTER SYSTEM SET default_transaction_read_only = off"))
            try past.run(PostgreSQLStatement("SELECT pg_reload_conf()"))
        }
        #expect(try PostgreSQLConnection(target, deadline: .now + .seconds(60)).place.host.name == standby)
        try promotion.value()
    }

    @Test func `servers that refuse slowly are asked no more once all have refused`() throws {
        // Each refusal takes longer than the pause before the next question.
        let slow = ["default_transaction_read_only = on", "post_auth_delay = 1"]
        let clusters = [try PostgreSQLCluster(slow), try PostgreSQLCluster(slow)]
        let hosts = try clusters.map { try #require(PostgreSQLTarget($0.uri).hosts.first).name }
        let target = try PostgreSQLTarget("postgresql://postgres@/postgres?host=\(hosts.joined(separator: ","))")
        let error = #expect(throws: PostgreSQLError.self) {
            try PostgreSQLConnection(target, deadline: .now + .seconds(60))
        }
        // And not that the time was over.
        #expect(error?.kind == .lost && error?.message.contains("read-only") == true, "\(error?.message ?? "")")
    }

    @Test func `a missing server is passed over, and the message names all that failed`() throws {
        let missing = "postgresql://postgres@/postgres?host=/nowhere/a,/nowhere/b"
        let connection = try PostgreSQLConnection.ofTests("\(missing),\(folder())")
        #expect(try connection.number("SELECT 1") == 1)
        let error = #expect(throws: PostgreSQLError.self) { try PostgreSQLConnection.ofTests(missing) }
        #expect(error?.kind == .lost && error?.wasSent == false && error?.sqlState == nil)
        for name in ["/nowhere/a", "/nowhere/b"] { #expect(error?.message.contains(name) == true) }
    }

    @Test func `a refused connection has its SQLSTATE, and the server that answers tells more than one that does not`()
        throws
    {
        let folder = try folder()
        let noDatabase = "postgresql://postgres@/nowhere?host=/nowhere,\(folder)"
        #expect(
            #expect(throws: PostgreSQLError.self) { try PostgreSQLConnection.ofTests(noDatabase) }?.sqlState == "3D000")
        let noRole = "postgresql://nobody@/postgres?host=\(folder)"
        #expect(#expect(throws: PostgreSQLError.self) { try PostgreSQLConnection.ofTests(noRole) }?.sqlState == "28000")
    }

    @Test func `a name without an address, and an address that refuses, are told as such`() throws {
        let unknown = #expect(throws: PostgreSQLError.self) {
            try PostgreSQLConnection.ofTests("postgresql://a@no.such.host.invalid/p")
        }
        #expect(unknown?.message.contains("no.such.host.invalid") == true && unknown?.wasSent == false)
        let refused = #expect(throws: PostgreSQLError.self) {
            try PostgreSQLConnection.ofTests("postgresql://a@localhost:1/p")
        }
        #expect(refused?.kind == .lost && refused?.message.contains("port 1") == true, "\(refused?.message ?? "")")
    }

    @Test func `a connection that the server ended while it was idle is known to be lost before anything is sent`()
        throws
    {
        let (connection, other) = (try PostgreSQLConnection.ofTests(), try PostgreSQLConnection.ofTests())
        let process = try #require(try connection.number("SELECT pg_backend_pid()"))
        try other.run(statement("SELECT pg_terminate_backend(CAST($1 AS int), 60000)", .integer(process)))
        let error = #expect(throws: PostgreSQLError.self) { try connection.run(statement("SELECT 1")) }
        #expect(error?.kind == .lost && error?.sqlState == "57P01" && error?.wasSent == false && !connection.isOpen)
        #expect(error?.message.contains("administrator command") == true)
    }

    @Test func `a connection that ends in the middle of an exchange may have done its part`() throws {
        let connection = try PostgreSQLConnection.ofTests()
        let error = #expect(throws: PostgreSQLError.self) {
            try connection.run(
                statement("SELECT 1"), statement("SELECT pg_terminate_backend(pg_backend_pid())"),
                statement("SELECT pg_sleep(60)"))
        }
        #expect(error?.kind == .lost && error?.sqlState == "57P01" && error?.wasSent == true && !connection.isOpen)
    }

    @Test func `a standby is not written to`() throws {
        // As a standby reports itself at each connection.
        let cluster = try PostgreSQLCluster(["default_transaction_read_only = on"])
        let error = #expect(throws: PostgreSQLError.self) { try PostgreSQLConnection.ofTests(cluster.uri) }
        #expect(error?.message.contains("read-only") == true && error?.wasSent == false)
        let primary = try PostgreSQLConnection.ofTests("\(cluster.uri)&target_session_attrs=primary")
        let refused = #expect(throws: PostgreSQLError.self) { try primary.run(statement("CREATE TABLE t (n bigint)")) }
        #expect(refused?.sqlState == "25006" && refused?.kind == .server)
    }

    @Test func `a server without a place for one more connection says so`() throws {
        let cluster = try PostgreSQLCluster([
            "max_connections = 4", "superuser_reserved_connections = 0", "max_wal_senders = 0",
        ])
        var open: [PostgreSQLConnection] = []
        let error = #expect(throws: PostgreSQLError.self) {
            for _ in 0..<6 { open.append(try .ofTests(cluster.uri)) }
        }
        #expect(error?.sqlState == "53300" && error?.kind == .server && error?.wasSent == false && open.count == 4)
    }

    @Test func `a cluster of the tests is gone with its owner`() throws {
        var cluster: PostgreSQLCluster? = try PostgreSQLCluster()
        let folder = try #require(cluster?.folder)
        #expect(FileManager.default.fileExists(atPath: folder))
        cluster = nil
        let end = ContinuousClock.now + .seconds(60)
        while FileManager.default.fileExists(atPath: folder), ContinuousClock.now < end { usleep(20_000) }
        #expect(!FileManager.default.fileExists(atPath: folder) && cluster == nil)
    }
}
