import Foundation
import Glibc
import Testing

/// Restarts under load, of which nginx's clients notice nothing.
extension Integration {
    struct RestartTests {
        private static let rounds = ProcessInfo.processInfo.environment["POSTERN_TEST_LONG"] == nil ? 5 : 20

        @Test func `a process that takes over the socket loses no request, also on kept connections`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.startResponder()
            try expectNoLoss(deployment) { deployment, old in
                try deployment.startResponder(["serve", "--take-over"])
                old.waitUntilExit()
            }
            #expect(try String(contentsOfFile: deployment.log, encoding: .utf8).contains("has taken over the socket"))
        }

        @Test func `a socket of the service manager outlives each process, and no request is lost`() throws {
            let deployment = try Deployment(serves: false)
            let socket = try ListeningSocket(path: deployment.socket)
            try deployment.startActivated(by: socket)
            try expectNoLoss(deployment) { deployment, old in
                kill(old.processIdentifier, SIGTERM)
                old.waitUntilExit()
                try deployment.startActivated(by: socket)
            }
        }

        @Test func `a socket in use is not taken over unasked`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.startResponder()
            while !FileManager.default.fileExists(atPath: deployment.socket) { usleep(10_000) }
            let second = try deployment.postern(["serve"])
            #expect(second.status == 69)
            #expect(second.errors.contains("is in use"))
            #expect(deployment.stopResponder() == 0)
        }

        /// Restarts the responder again and again while requests come.
        private func expectNoLoss(_ deployment: Deployment, _ restart: (Deployment, Process) throws -> Void) throws {
            try deployment.startNginx(isLimited: false)
            try deployment.waitUntilReady()
            let load = try Load(deployment)
            for _ in 0..<Self.rounds {
                usleep(UInt32.random(in: 100_000...500_000))
                let old = try #require(deployment.responder)
                try restart(deployment, old)
                #expect(old.terminationReason == .exit && old.terminationStatus == 0)
            }
            usleep(200_000)
            let result = try load.stop()
            #expect(result.failed == 0, "\(result.text)")
            #expect(result.answered > 100)
            print("\(Self.rounds) restarts, \(result.answered) requests, \(result.failed) failed")
        }
    }
}

/// A listening socket that a service manager holds, and hands to the processes that it starts.
final class ListeningSocket {
    let handle: FileHandle
    private let path: String

    init(path: String) throws {
        self.path = path
        let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        handle = FileHandle(fileDescriptor: number, closeOnDealloc: true)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let isListening = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(number, pointer, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            } && chmod(path, 0o666) == 0 && listen(number, 4096) == 0
        }
        guard isListening else { throw Deployment.Failure(what: "cannot listen: \(errno)") }
    }
}

extension Deployment {
    /// Starts a responder as systemd does: the socket is descriptor 3, and two variables say so.
    func startActivated(by socket: ListeningSocket) throws {
        try startResponder(
            by: ["sh", "-c", "exec 3<&0 0</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" \"$@\""],
            input: socket.handle)
    }
}
