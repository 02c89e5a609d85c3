import Foundation
import System
import TestSupport
import Testing

@testable import FastCGI

@Suite struct InheritedTests {
    @Test func answersOnAnInheritedSocketAndLeavesItToOthers() throws {
        let folder = try TemporaryFolder()
        let original = try Listener(.unix(path: folder.socket))
        let running = try Running(Listener(.inherited(descriptor: dup(original.descriptor.number))))
        #expect(try Peer(path: folder.socket).exchange(Records.request())?.body == Echo.text())
        running.server.stop()
        #expect(try running.awaitEnd() == true)

        // A request now waits for the next process.
        let peer = try Peer(path: folder.socket)
        try peer.send(Records.request())
        let next = try Running(Listener(.inherited(descriptor: dup(original.descriptor.number))))
        #expect(try peer.receiveAnswer()?.body == Echo.text())
        next.server.stop()
        #expect(try next.awaitEnd() == true)
        #expect(folder.contents == ["s"])
    }

    @Test func aDescriptorThatDoesNotListenIsThrown() throws {
        let file = unsafe open("/dev/null", O_RDONLY)
        let datagram = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        let idle = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        for descriptor in [file, datagram, idle, 9_999] {
            #expect(throws: ListenerError.notListening(descriptor: descriptor)) {
                try Listener(.inherited(descriptor: descriptor))
            }
        }
        for descriptor in [file, datagram, idle] { close(descriptor) }
    }

    @Test func takesTheSocketOfTheServiceManagerIfItIsMeant() {
        func found(_ environment: [String: String]) -> ListenAddress? {
            Listener.inheritedAddress(environment: environment, processID: 42)
        }
        #expect(found(["LISTEN_PID": "42", "LISTEN_FDS": "1"]) == .inherited(descriptor: 3))
        #expect(found(["LISTEN_PID": "42", "LISTEN_FDS": "2"]) == .inherited(descriptor: 3))
        #expect(found(["LISTEN_PID": "43", "LISTEN_FDS": "1"]) == nil)
        #expect(found(["LISTEN_PID": "42", "LISTEN_FDS": "0"]) == nil)
        #expect(found(["LISTEN_FDS": "1"]) == nil)
        #expect(found([:]) == nil)
    }

    @Test func takesDescriptorZeroIfItListens() async {
        await #expect(processExitsWith: .success) {
            guard Listener.inheritedAddress(environment: [:]) == nil else { exit(3) }
            let folder = try TemporaryFolder()
            let listener = try Listener(.unix(path: folder.socket))
            dup2(listener.descriptor.number, 0)
            guard Listener.inheritedAddress(environment: [:]) == .inherited(descriptor: 0) else { exit(4) }
            let inherited = try Listener(.inherited(descriptor: 0))
            guard fcntl(0, F_GETFD) == FD_CLOEXEC, fcntl(0, F_GETFL) & O_NONBLOCK != 0 else { exit(5) }
            inherited.close()
        }
    }
}
