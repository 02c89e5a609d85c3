import Foundation
import Glibc

/// A cluster of PostgreSQL that is made for the tests, in memory, and is gone with their process, however it ends.
///
/// It listens on a Unix socket in its own folder, trusts everybody, and loses everything in a crash of the host.
/// One for all tests of the process is made at the first use, in about a second.
///
///     let target = try PostgreSQLTarget(PostgreSQLCluster.shared().uri)
///
/// `POSTERN_TEST_POSTGRESQL` names the URI of a database that is there already, for example behind a pooler.
public final class PostgreSQLCluster: Sendable {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// The URI of the database `postgres`, for its owner.
    public let uri: String
    /// The folder of the socket and the data; `nil` if somebody else made the cluster.
    public let folder: String?
    /// The end of a pipe whose other end the cluster's guard reads: it stops the cluster once nobody holds this one.
    private let lifeline: FileHandle?

    private static let one = Result {
        if let uri = ProcessInfo.processInfo.environment["POSTERN_TEST_POSTGRESQL"], !uri.isEmpty {
            return PostgreSQLCluster(uri: uri)
        }
        return try PostgreSQLCluster()
    }

    /// The cluster of all tests of this process.
    ///
    /// - Throws: the reason for which there is none, such as that PostgreSQL is not installed.
    public static func shared() throws -> PostgreSQLCluster { try one.get() }

    private init(uri: String) {
        self.uri = uri
        (folder, lifeline) = (nil, nil)
    }

    deinit { try? lifeline?.close() }

    /// Makes a cluster of its own, for a test that breaks it.
    ///
    /// - Parameters:
    ///   - settings: lines of `postgresql.conf`.
    ///   - primary: the cluster of which it is a streaming standby with the name `standby`, if of any.
    public init(_ settings: [String] = [], following primary: PostgreSQLCluster? = nil) throws {
        let folder = "/dev/shm/postern-pg-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        let configuration = Self.settings + settings + ["unix_socket_directories = '\(folder)'"]
        try Data((configuration.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: "\(folder)/settings"))
        let prefix = try Self.command(forFolder: folder)
        let (process, input, output) = (Process(), Pipe(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            prefix + ["sh", "-c", Self.guardian, "guardian", folder, try Self.binaries()] + [primary?.folder ?? ""]
        process.currentDirectoryURL = URL(filePath: "/")
        (process.standardInput, process.standardOutput) = (input, output)
        try process.run()
        // Of each pipe the process has an end of its own; no other process may hold ours.
        _ = fcntl(input.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        try? input.fileHandleForReading.close()
        let first = output.fileHandleForReading.availableData
        guard first == Data("ready\n".utf8) else {
            try? input.fileHandleForWriting.close()
            process.waitUntilExit()
            let log = (try? String(contentsOfFile: "\(folder)/log", encoding: .utf8)) ?? ""
            try? FileManager.default.removeItem(atPath: folder)
            throw Failure(description: "PostgreSQL does not start: \(log.suffix(2000))")
        }
        self.folder = folder
        uri = "postgresql://postgres@/postgres?host=\(folder)"
        lifeline = input.fileHandleForWriting
    }

    /// Gives a folder to the user as whom the server runs, since it refuses to run as root.
    ///
    /// - Returns: the words before a command that run it as that user.
    static func command(forFolder folder: String) throws -> [String] {
        guard getuid() == 0 else { return [] }
        guard let user = unsafe getpwnam("postgres") else {
            throw Failure(description: "there is no user postgres: install the package postgresql")
        }
        _ = unsafe chown(folder, user.pointee.pw_uid, user.pointee.pw_gid)
        let change = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        var status = stat()
        if unsafe stat("/etc/passwd", &status) == 0, status.st_mode & S_IROTH != 0 { return change }
        // Some containers let root alone read the list of users, in which the server looks for its own.
        let list = "\(folder)/passwd"
        try Data(contentsOf: URL(filePath: "/etc/passwd")).write(to: URL(filePath: list))
        _ = unsafe chmod(list, 0o644)
        let mount = "mount --bind \"$0\" /etc/passwd && exec \"$@\""
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", mount, list] + change
    }

    /// Makes and starts the cluster, waits for the end of the tests' process, and leaves nothing behind.
    private static let guardian = """
        trap '' INT TERM HUP
        folder=$1 binaries=$2 primary=$3
        make() {
          if [ -n "$primary" ]; then
            "$binaries/pg_basebackup" -D "$folder/data" -R -c fast --no-sync \\
              -d "host=$primary user=postgres application_name=standby"
          else
            "$binaries/initdb" -D "$folder/data" -A trust -U postgres -E UTF8 --locale=C.UTF-8 --no-sync
          fi
        }
        if make >"$folder/log" 2>&1 </dev/null && cat "$folder/settings" >>"$folder/data/postgresql.conf" &&
            "$binaries/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 60 start >/dev/null 2>&1 </dev/null; then
          echo ready
          cat >/dev/null
          "$binaries/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 </dev/null
          # A server that was killed leaves its semaphore of shared memory behind, which this file names.
          sed -n 's/^ *[0-9][0-9]*  *\\([0-9][0-9]*\\)$/\\1/p' "$folder/data/postmaster.pid" 2>/dev/null |
            xargs -r -n 1 ipcrm -m 2>/dev/null
          rm -rf "$folder"
        else
          echo failed
        fi
        """

    private static let settings = [
        "listen_addresses = ''", "max_connections = 300", "fsync = off", "full_page_writes = off",
        "shared_buffers = 64MB", "min_wal_size = 80MB", "max_wal_size = 160MB", "max_locks_per_transaction = 256",
        "log_min_messages = fatal", "log_min_error_statement = panic",
    ]

    /// The folder of PostgreSQL's programs, of the newest version that is there.
    public static func binaries() throws -> String {
        let root = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [])
            .filter { FileManager.default.isExecutableFile(atPath: "\(root)/\($0)/bin/initdb") }
        let others = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { String($0) }
            .filter { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") }
        let newest = versions.max { (Int($0) ?? 0) < (Int($1) ?? 0) }
        guard let found = newest.map({ "\(root)/\($0)/bin" }) ?? others.first else {
            throw Failure(
                description: "there is no PostgreSQL: install the package postgresql, or set "
                    + "POSTERN_TEST_POSTGRESQL to the URI of a database")
        }
        return found
    }
}
