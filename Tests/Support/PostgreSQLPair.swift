import Foundation
import Glibc

/// A primary and a streaming standby whose acknowledgement its commits wait for, in memory, gone with this value.
///
///     let pair = try PostgreSQLPair()
///     try pair.primary.signal(SIGSTOP)
///     try pair.standby.control("promote")
public final class PostgreSQLPair: Sendable {
    public let primary: PostgreSQLCluster
    public let standby: PostgreSQLCluster

    /// - Parameter settings: lines of the primary's `postgresql.conf`.
    public init(_ settings: [String] = []) throws {
        primary = try PostgreSQLCluster(
            ["wal_level = replica", "max_wal_senders = 10", "synchronous_standby_names = 'ANY 1 (standby)'"] + settings)
        // Once it is promoted, it waits for nobody.
        standby = try PostgreSQLCluster(["synchronous_standby_names = ''"], following: primary)
        let connection = try TestPostgreSQL(primary.uri)
        for _ in 0..<3000 {
            if try connection.value("SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming'") == "quorum"
            {
                return
            }
            usleep(20_000)
        }
        throw PostgreSQLCluster.Failure(description: "the standby does not follow")
    }

    /// The URI of the database `postgres` on both, of which the one that takes writes is used.
    public var uri: String { Self.uri([primary, standby]) }

    /// The URI of the database `postgres` on some clusters.
    public static func uri(_ clusters: [PostgreSQLCluster]) -> String {
        let hosts = clusters.compactMap(\.folder).joined(separator: ",")
        return "postgresql://postgres@/postgres?host=\(hosts)&target_session_attrs=read-write"
    }
}

extension PostgreSQLCluster {
    /// Runs `pg_ctl` with a command such as `promote`, and waits until it is done.
    public func control(_ command: String...) throws {
        guard let folder else { throw Failure(description: "the cluster is somebody else's") }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            try ["bash", "-c", Self.withoutDescriptors, "bash"] + Self.command(forFolder: folder) + [
                "\(Self.binaries())/pg_ctl", "-D", "\(folder)/data", "-l", "\(folder)/log", "-w", "-t", "60",
            ] + command
        process.currentDirectoryURL = URL(filePath: "/")
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "pg_ctl \(command.joined(separator: " ")): \(process.terminationStatus)")
        }
    }

    /// Runs a command with the first three descriptors alone: a server that it starts would otherwise hold the one by
    /// whose end `Process` learns of the command's.
    private static let withoutDescriptors = """
        for file in /proc/self/fd/*; do
          number=${file##*/}
          if ((number > 2)); then eval "exec $number>&-"; fi
        done
        exec "$@"
        """

    /// Sends a signal to the server and all of its processes, or to those of one kind.
    ///
    /// - Parameter kind: a word of the processes' title, such as `walreceiver`.
    public func signal(_ number: Int32, to kind: String? = nil) throws {
        guard let folder, let file = try? String(contentsOfFile: "\(folder)/data/postmaster.pid", encoding: .utf8),
            let server = file.split(separator: "\n").first.flatMap({ pid_t($0) })
        else { throw Failure(description: "the cluster does not run") }
        // First of all the one that would start others.
        if kind == nil { kill(server, number) }
        for process in try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap({ pid_t($0) }) {
            guard Self.parent(of: process) == server else { continue }
            if let kind {
                let title = (try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)) ?? ""
                guard title.contains(kind) else { continue }
            }
            kill(process, number)
        }
    }

    private static func parent(of process: pid_t) -> pid_t? {
        // "PID (NAME) STATE PARENT …"
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return nil }
        let rest = text.split(separator: ")").last ?? ""
        return rest.split(separator: " ").dropFirst().first.flatMap { pid_t($0) }
    }
}
