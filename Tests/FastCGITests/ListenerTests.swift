import Foundation
import Synchronization
import TestSupport
import Testing

@testable import FastCGI
@testable import System

@Suite struct ListenerTests {
    private func mode(_ path: String) throws -> UInt32 {
        var status = stat()
        try #require(unsafe lstat(path, &status) == 0)
        return status.st_mode
    }

    private func owner(_ path: String) throws -> gid_t {
        var status = stat()
        try #require(unsafe lstat(path, &status) == 0)
        return status.st_gid
    }

    /// Leaves a socket file behind that nobody answers.
    private func makeStaleSocket(_ path: String) throws {
        let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        let result = unsafe UnixAddress.use(path) { unsafe bind(socket, $0, $1) }
        try #require(result == 0)
    }

    @Test(arguments: [UInt32(0o600), 0o660, 0o666, 0o777])
    func theSocketHasTheModeThatWasAskedFor(mode: UInt32) throws {
        let folder = try TemporaryFolder()
        let listener = try Listener(.unix(path: folder.socket, mode: mode))
        #expect(try self.mode(folder.socket) == S_IFSOCK | mode)
        #expect(folder.contents == ["s"])
        #expect(listener.address == .unix(path: folder.socket, mode: mode))
    }

    @Test func theUmaskChangesNothing() async {
        await #expect(processExitsWith: .success) {
            for mask in [mode_t(0), 0o077, 0o777] {
                let folder = try TemporaryFolder()
                umask(mask)
                let listener = try Listener(.unix(path: folder.socket, mode: 0o640))
                umask(0)
                var status = stat()
                let code = unsafe lstat(folder.socket, &status)
                guard code == 0, status.st_mode == S_IFSOCK | 0o640 else { exit(3) }
                listener.close()
            }
        }
    }

    @Test func theSocketHasTheGroupThatWasAskedFor() throws {
        let folder = try TemporaryFolder()
        let group = geteuid() == 0 ? gid_t(1) : getegid()
        let name = try #require(unsafe getgrgid(group).map { unsafe String(cString: $0.pointee.gr_name) })
        for text in [name, String(group)] {
            let listener = try Listener(.unix(path: folder.socket, group: text))
            #expect(try owner(folder.socket) == group)
            listener.close()
        }
        #expect(throws: ListenerError.unknownGroup("no such group")) {
            try Listener(.unix(path: folder.socket, group: "no such group"))
        }
        #expect(folder.contents == [])
    }

    @Test(.enabled(if: geteuid() == 0, "needs to become another user"))
    func whatIsNotPermittedIsThrown() async {
        await #expect(processExitsWith: .success) {
            let (own, foreign) = (try TemporaryFolder(), try TemporaryFolder())
            unsafe chmod(own.path, 0o777)
            setegid(65534)
            seteuid(65534)
            do throws(ListenerError) {
                _ = try Listener(.unix(path: own.socket, group: "1"))
                exit(3)
            } catch {
                guard error == ListenerError.groupNotAllowed("1"), own.contents == [] else { exit(4) }
            }
            do throws(ListenerError) {
                _ = try Listener(.unix(path: foreign.socket))
                exit(5)
            } catch {
                guard error == ListenerError.permission(.unix(path: foreign.socket)) else { exit(6) }
            }
            seteuid(0)
        }
    }

    @Test func aStaleSocketIsReplaced() throws {
        let folder = try TemporaryFolder()
        try makeStaleSocket(folder.socket)
        let listener = try Listener(.unix(path: folder.socket))
        #expect(throws: Never.self) { try Peer(path: folder.socket) }
        listener.close()
        #expect(folder.contents == [])
    }

    @Test func aSocketInUseIsLeftAlone() throws {
        let folder = try TemporaryFolder()
        let first = try Listener(.unix(path: folder.socket))
        #expect(throws: ListenerError.inUse(.unix(path: folder.socket))) {
            try Listener(.unix(path: folder.socket))
        }
        #expect(folder.contents == ["s"])
        #expect(throws: Never.self) { try Peer(path: folder.socket) }
        first.close()
    }

    @Test func aFileThatIsNoSocketIsLeftAlone() throws {
        let folder = try TemporaryFolder()
        try "precious".write(toFile: folder.socket, atomically: false, encoding: .utf8)
        #expect(throws: ListenerError.notASocket(path: folder.socket)) { try Listener(.unix(path: folder.socket)) }
        #expect(try String(contentsOfFile: folder.socket, encoding: .utf8) == "precious")
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: folder.socket)
        #expect(throws: ListenerError.notASocket(path: folder.path + "/link")) {
            try Listener(.unix(path: folder.path + "/link"))
        }
        #expect(folder.contents.sorted() == ["link", "s"])
    }

    @Test func aPathThatCannotBeIsThrown() throws {
        let folder = try TemporaryFolder()
        let missing = folder.path + "/none/s"
        #expect(throws: ListenerError.folderMissing(path: missing)) { try Listener(.unix(path: missing)) }
        let longest = folder.path + "/" + String(repeating: "s", count: 106 - folder.path.utf8.count)
        #expect(longest.utf8.count == 107)
        #expect(throws: Never.self) { try Listener(.unix(path: longest)) }
        #expect(throws: ListenerError.pathTooLong(path: longest + "s")) { try Listener(.unix(path: longest + "s")) }
        #expect(folder.contents == [])
    }

    @Test func ofManyThatStartAtOnceOneGetsTheSocket() throws {
        for isStale in [false, true] {
            let folder = try TemporaryFolder()
            if isStale { try makeStaleSocket(folder.socket) }
            let listeners = Mutex<[Listener]>([])
            DispatchQueue.concurrentPerform(iterations: 16) { _ in
                if let listener = try? Listener(.unix(path: folder.socket)) {
                    listeners.withLock { $0.append(listener) }
                }
            }
            #expect(listeners.withLock { $0.count } == 1)
            #expect(throws: Never.self) { try Peer(path: folder.socket) }
            listeners.withLock { $0.removeAll() }
            #expect(folder.contents == [])
        }
    }

    @Test func closingRemovesOnlyTheSocketThatWasMade() throws {
        let folder = try TemporaryFolder()
        let first = try Listener(.unix(path: folder.socket))
        unsafe unlink(folder.socket)
        let second = try Listener(.unix(path: folder.socket))
        first.close()
        #expect(throws: Never.self) { try Peer(path: folder.socket) }
        second.close()
        second.close()
        #expect(folder.contents == [])
    }

    @Test(arguments: ["127.0.0.1", "::1", "localhost"])
    func answersOnTCP(host: String) throws {
        let listener = try Listener(.tcp(host: host, port: 0))
        guard case .tcp(_, let port) = listener.address else { return }
        #expect(throws: ListenerError.inUse(.tcp(host: host, port: port))) {
            try Listener(.tcp(host: host, port: port))
        }
        let isIPv6 = Socket.option(listener.descriptor.number, level: SOL_SOCKET, name: SO_DOMAIN) == AF_INET6
        let running = try Running(listener)
        let peer = try Peer(port: port, isIPv6: isIPv6)
        for _ in 0..<3 {
            #expect(try peer.exchange(Records.request(body: [1, 2]))?.body == Echo.text("POST", body: [1, 2]))
        }
        running.server.stop()
        peer.close()
        #expect(try running.awaitEnd() == true)
        #expect(throws: Peer.Failure.self) { try Peer(port: port, isIPv6: isIPv6) }
        #expect(throws: Never.self) { try Listener(.tcp(host: host, port: port)) }
    }

    @Test func anAddressThatIsNotThisMachinesIsThrown() {
        #expect(throws: ListenerError.hostUnknown(.tcp(host: "192.0.2.1", port: 9))) {
            try Listener(.tcp(host: "192.0.2.1", port: 9))
        }
        #expect(throws: ListenerError.hostUnknown(.tcp(host: "256.0.0.1", port: 9))) {
            try Listener(.tcp(host: "256.0.0.1", port: 9))
        }
    }
}
