import Foundation
import HTTP
import Synchronization
import TestSupport
import Testing

@testable import FastCGI

@Suite struct AcceptFailureTests {
    @Test func withoutDescriptorsItTriesAgainUntilThereAreSome() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let listener = try Listener(.unix(path: folder.socket))
            let events = Events()
            let server = try Server(
                listener: listener, handler: Echo(), settings: ServerSettings(threads: 2)
            ) { events.add($0) }
            var peers = try (0..<30).map { _ in try Peer(path: folder.socket) }
            for peer in peers { try peer.send(Records.request()) }
            // Descriptors are given out from below, so this leaves five.
            let next = dup(0)
            close(next)
            var limit = rlimit(rlim_cur: rlim_t(next + 5), rlim_max: rlim_t(next + 5))
            guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { exit(3) }

            let thread = Thread { _ = try? server.run() }
            thread.start()
            guard events.await({ if case .acceptFailed(EMFILE, _) = $0 { true } else { false } }) else { exit(4) }
            let before = clock()
            usleep(500_000)
            guard clock() - before < CLOCKS_PER_SEC / 4 else { exit(5) }
            guard events.all.count <= 2 else { exit(6) }
            while let peer = peers.first {
                guard try peer.receiveAnswer()?.body == Echo.text() else { exit(7) }
                peers.removeFirst()
            }
            guard server.status.accepted == 30 else { exit(8) }
            server.stop()
        }
    }

    @Test(arguments: [EMFILE, ENFILE, ENOBUFS, ENOMEM, EPERM, EINVAL])
    func aFailureIsToldAndTriedAgain(code: Int32) throws {
        let folder = try TemporaryFolder()
        let failures = Atomic(3)
        let listener = try Listener(.unix(path: folder.socket)) { listening in
            if failures.subtract(1, ordering: .relaxed).newValue >= 0 { return -code }
            return accept4(listening)
        }
        let running = try Running(listener, settings: ServerSettings(threads: 1))
        #expect(try Peer(path: folder.socket).exchange(Records.request())?.body == Echo.text())
        #expect(running.events.all == [.acceptFailed(code: code, times: 1)])
        running.server.stop()
        #expect(try running.awaitEnd() == true)
    }

    @Test(arguments: [EAGAIN, EINTR, ECONNABORTED, EPROTO])
    func whatPassesByItselfIsNotTold(code: Int32) throws {
        let folder = try TemporaryFolder()
        let failures = Atomic(3)
        let listener = try Listener(.unix(path: folder.socket)) { listening in
            if failures.subtract(1, ordering: .relaxed).newValue >= 0 { return -code }
            return accept4(listening)
        }
        let running = try Running(listener, settings: ServerSettings(threads: 1))
        #expect(try Peer(path: folder.socket).exchange(Records.request())?.body == Echo.text())
        #expect(running.events.all == [])
        running.server.stop()
        #expect(try running.awaitEnd() == true)
    }

    private func accept4(_ listening: Int32) -> Int32 {
        let number = accept(listening, nil, nil)
        return number >= 0 ? number : -errno
    }
}
