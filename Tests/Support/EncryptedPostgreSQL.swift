import Foundation
import Glibc

/// A server of PostgreSQL on a port of this host that takes encrypted connections with a password alone, and shows the
/// certificate of `localhost`, of an authority of its own.
///
///     let server = try EncryptedPostgreSQL()
///     let target = try PostgreSQLTarget(server.uri(passwords: "right"))
public final class EncryptedPostgreSQL: Sendable {
    /// The files: of the authority `ca.pem`, of another one `other.pem`, and of passwords `right` and `wrong`.
    public let folder: TemporaryFolder
    private let cluster: PostgreSQLCluster
    private let port: UInt16

    public init() throws {
        folder = try TemporaryFolder(inMemory: true)
        // The server's user has to get at its certificate.
        _ = unsafe chmod(folder.path, 0o755)
        port = try Self.freePort()
        try Self.makeCertificates(folder.path)
        try Self.write(
            "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n", to: folder.path("hba.conf"), 0o644)
        cluster = try PostgreSQLCluster([
            "listen_addresses = '127.0.0.1'", "port = \(port)", "ssl = on",
            "ssl_cert_file = '\(folder.path)/server.pem'", "ssl_key_file = '\(folder.path)/server.key'",
            "hba_file = '\(folder.path)/hba.conf'", "password_encryption = 'scram-sha-256'",
        ])
        let superuser = try TestPostgreSQL("\(cluster.uri)&port=\(port)")
        _ = try superuser.rows("CREATE ROLE ann LOGIN PASSWORD 'a fine passphrase'", [])
        for (name, password) in [("right", "a fine passphrase"), ("wrong", "another passphrase")] {
            try Self.write("*:\(port):postgres:ann:\(password)\n", to: folder.path(name), 0o600)
        }
    }

    /// The URI of its database for the role `ann`.
    ///
    /// - Parameters:
    ///   - host: the name by which it is reached.
    ///   - authority: the file of the authority that is believed.
    ///   - passwords: the file of passwords; `nil` for that of the environment.
    public func uri(host: String = "localhost", authority: String = "ca.pem", passwords: String? = nil) -> String {
        "postgresql://ann@\(host):\(port)/postgres?sslmode=verify-full&sslrootcert=\(folder.path(authority))"
            + (passwords.map { "&passfile=\(folder.path($0))" } ?? "")
    }

    private static func write(_ text: String, to path: String, _ mode: mode_t) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
        _ = unsafe chmod(path, mode)
    }

    private static func freePort() throws -> UInt16 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(socket, address, size) == 0 && getsockname(socket, address, &size) == 0
            }
        }
        guard isBound else { throw PostgreSQLCluster.Failure(description: "there is no free port") }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func makeCertificates(_ folder: String) throws {
        let script = """
            cd "$1" && set -e
            key="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
            for name in ca other; do
              openssl req -x509 $key -keyout $name.key -out $name.pem -days 2 -subj "/CN=Authority $name"
            done
            openssl req -new $key -keyout server.key -out server.csr -subj /CN=localhost
            echo subjectAltName=DNS:localhost >extensions
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \\
              -extfile extensions -out server.pem
            chmod 600 server.key
            [ "$(id -u)" != 0 ] || chown postgres server.key
            """
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", script, "certificates", folder]
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw PostgreSQLCluster.Failure(description: "openssl makes no certificates")
        }
    }
}
