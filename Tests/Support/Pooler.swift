import Foundation
import Glibc

/// A pgbouncer in transaction mode in front of a cluster of the tests, which ends with its owner.
///
///     let target = try PostgreSQLTarget(Pooler(try PostgreSQLCluster.shared()).uri)
public final class Pooler: Sendable {
    /// The URI of the database `postgres` through the pooler.
    public let uri: String
    private let folder: String
    private let lifeline: FileHandle

    /// - Parameters:
    ///   - cluster: the cluster, whose folder the pooler's socket is in as well.
    ///   - settings: further lines of its configuration.
    public init(_ cluster: PostgreSQLCluster, _ settings: [String] = []) throws {
        guard let place = cluster.folder else {
            throw PostgreSQLCluster.Failure(description: "the cluster has no folder here")
        }
        folder = "\(place)/pooler-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        let lines =
            [
                "[databases]", "* = host=\(place)", "[pgbouncer]", "pool_mode = transaction", "listen_addr =",
                "listen_port = 6432", "unix_socket_dir = \(folder)", "auth_type = any", "default_pool_size = 4",
                "max_client_conn = 200", "server_idle_timeout = 60",
            ] + settings
        // `any` logs in as the user that the database names.
        let text = lines.map { $0.hasPrefix("* =") ? "\($0) user=postgres" : $0 }.joined(separator: "\n") + "\n"
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/pgbouncer.ini"))
        let prefix = try PostgreSQLCluster.command(forFolder: folder)
        let (process, input) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = prefix + ["sh", "-c", Self.guardian, "guardian", folder]
        process.currentDirectoryURL = URL(filePath: "/")
        process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
        process.standardInput = input
        try process.run()
        try? input.fileHandleForReading.close()
        lifeline = input.fileHandleForWriting
        uri = "postgresql://postgres@/postgres?host=\(folder)&port=6432"
        try waitUntilItListens()
    }

    deinit { try? lifeline.close() }

    private func waitUntilItListens() throws {
        for _ in 0..<3000 {
            if FileManager.default.fileExists(atPath: "\(folder)/.s.PGSQL.6432") { return }
            usleep(20_000)
        }
        let log = (try? String(contentsOfFile: "\(folder)/log", encoding: .utf8)) ?? ""
        throw PostgreSQLCluster.Failure(description: "pgbouncer does not start: \(log.suffix(2000))")
    }

    /// Runs the pooler until its owner is gone.
    private static let guardian = """
        trap '' INT TERM HUP
        pgbouncer "$1/pgbouncer.ini" >"$1/log" 2>&1 </dev/null &
        cat >/dev/null
        kill -9 $!
        rm -rf "$1"
        """
}
