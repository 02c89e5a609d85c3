import Foundation
import Glibc

/// A real deployment in a temporary folder: the binary's own commands make the database and serve, and nginx with the
/// shipped site stands before it.
final class Deployment {
    static let ownerPassword = "a fine owner's passphrase"

    let folder: ScratchFolder
    /// The database file.
    let database: String
    let port: UInt16
    private(set) var token = ""
    private(set) var responder: Process?
    private var nginx: Process?
    private let disk: FaultyDisk?
    private var isRunning = false
    private let settings: [String: String]
    private let server: PostgreSQLDatabase?

    /// Makes the database, and starts responder and nginx unless told not to.
    ///
    /// - Parameters:
    ///   - disk: the place of the database, if not in the deployment's own folder.
    ///   - server: the database in place of a file.
    ///   - settings: more settings, as environment.
    init(
        serves: Bool = true, databaseOn disk: FaultyDisk? = nil, on server: PostgreSQLDatabase? = nil,
        settings: [String: String] = [:]
    ) throws {
        self.settings = settings
        self.server = server
        folder = try ScratchFolder()
        self.disk = disk
        database = "\(disk?.path ?? folder.path)/postern.sqlite3"
        port = try Self.freePort()
        let made = try postern(
            ["init", "--organization", "Example", "--owner", "owner@example.test"]
                + (server.map { ["--serve-role", $0.role] } ?? []),
            input: Self.ownerPassword + "\n", environment: server.map { ["POSTERN_DATABASE": $0.ownerURI] } ?? [:])
        guard made.status == 0 else { throw Failure(what: "init: \(made.errors)") }
        token = try makeToken(["admin"])
        if serves {
            try startResponder()
            try startNginx()
            try waitUntilReady()
        }
    }

    deinit {
        if let nginx, nginx.isRunning { kill(nginx.processIdentifier, SIGTERM) }
        if let responder, responder.isRunning { kill(responder.processIdentifier, SIGKILL) }
        nginx?.waitUntilExit()
        responder?.waitUntilExit()
    }

    /// The settings, as environment.
    var environment: [String: String] {
        [
            "POSTERN_DATABASE": server?.uri ?? database, "POSTERN_LISTEN": "unix:\(socket)",
            // nginx's workers are another user's if the tests run as root.
            "POSTERN_SOCKET_MODE": "0666", "POSTERN_CONFIG": folder.path("postern.env"),
        ].merging(settings) { _, new in new }
    }

    var socket: String { folder.path("postern.sock") }
    var log: String { folder.path("postern.log") }
    var responderID: Int32 { responder?.processIdentifier ?? -1 }

    /// Runs one of the program's commands.
    func postern(
        _ arguments: [String], input: String = "", environment more: [String: String] = [:]
    ) throws -> Outcome {
        if !FileManager.default.fileExists(atPath: folder.path("postern.env")) {
            try "# empty\n".write(toFile: folder.path("postern.env"), atomically: true, encoding: .utf8)
        }
        return try run(
            Paths.binary, arguments, environment: environment.merging(more) { _, new in new }, input: Data(input.utf8))
    }

    func makeToken(_ scopes: [String], account: String = "owner@example.test") throws -> String {
        let made = try postern(
            ["token", "create", "--account", account, "--name", "test", "--json"] + scopes.flatMap { ["--scope", $0] })
        guard let token = made.object["token"] as? String else { throw Failure(what: "token: \(made.errors)") }
        return token
    }

    /// Starts a responder; one that was started before may still be running.
    ///
    /// - Parameters:
    ///   - arguments: its command line.
    ///   - launcher: the command that is started in its place, with the binary's path behind it, to become it.
    ///   - input: its standard input.
    ///   - errors: its standard error, if that is not `log`.
    func startResponder(
        _ arguments: [String] = ["serve"], by launcher: [String] = [], input: FileHandle = .nullDevice,
        errors: FileHandle? = nil
    ) throws {
        let process = Process()
        // Two responders may write to it at once.
        let descriptor = unsafe open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        process.standardError = errors ?? file
        process.standardInput = input
        let command = launcher + [Paths.binary] + arguments
        try start(process, command[0], Array(command.dropFirst()), environment)
        responder = process
    }

    /// Sends the responder a signal and waits for its end.
    ///
    /// - Returns: its exit status, or the signal that ended it.
    @discardableResult
    func stopResponder(_ signal: Int32 = SIGTERM) -> Int32 {
        guard let responder else { return -1 }
        kill(responder.processIdentifier, signal)
        responder.waitUntilExit()
        return responder.terminationStatus
    }

    /// Starts nginx.
    ///
    /// - Parameter isLimited: whether the site's limits on a client's rate are left as they are.
    func startNginx(isLimited: Bool = true) throws {
        let made = try run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", folder.path("key.pem"),
                "-out", folder.path("certificate.pem"),
            ])
        guard made.status == 0 else { throw Failure(what: made.errors) }
        let rendered = try run(
            "\(Paths.root)/deploy/render-nginx",
            [
                "--into", folder.path("nginx"), "--port", String(port), "--socket", socket,
                "--certificate", folder.path("certificate.pem"), "--key", folder.path("key.pem"),
            ])
        guard rendered.status == 0 else { throw Failure(what: rendered.errors) }
        if !isLimited {
            let site = folder.path("nginx/postern.conf")
            let lines = try String(contentsOfFile: site, encoding: .utf8).split(separator: "\n")
                .filter { !$0.contains(/^ *limit_(?:req|conn)\b/) }
            try lines.joined(separator: "\n").write(toFile: site, atomically: true, encoding: .utf8)
        }
        let process = Process()
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try start(
            process, "nginx",
            [
                "-p", folder.path("nginx/"), "-c", folder.path("nginx/nginx.conf"), "-e",
                folder.path("nginx/log/nginx.error.log"), "-g", "daemon off;",
            ], [:])
        nginx = process
    }

    /// Waits until a request through nginx is answered.
    func waitUntilReady() throws {
        for _ in 0..<200 {
            if try curl(["\(base)/health/ready"]).status == 200 { return }
            usleep(50_000)
        }
        throw Failure(what: "not ready: \((try? String(contentsOfFile: log, encoding: .utf8)) ?? "no log")")
    }

    static func freePort() throws -> UInt16 {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        unsafe address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
            }
        }
        guard bound else { throw Failure(what: "no free port: \(errno)") }
        return UInt16(bigEndian: address.sin_port)
    }

    struct Failure: Error {
        let what: String
    }
}
