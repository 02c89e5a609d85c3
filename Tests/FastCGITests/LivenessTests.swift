import FastCGI
import TestSupport
import Testing

@Suite struct LivenessTests {
    @Test func aServerThatHasNothingToDoIsAlive() throws {
        try withServer { _, running in
            for _ in 0..<3 { #expect(running.server.isAlive(within: .seconds(10))) }
        }
    }

    @Test func aServerIsNotAliveWhileAllItsThreadsAreStuck() throws {
        let gate = Gate()
        try withServer(handler: Echo(gate: gate), settings: ServerSettings(threads: 2)) { path, running in
            let peers = try (0..<2).map { _ in try Peer(path: path) }
            for peer in peers {
                try peer.send(Records.request(path: "/wait"))
                #expect(gate.awaitArrival())
            }
            #expect(!running.server.isAlive(within: .milliseconds(300)))
            gate.open(times: 2)
            #expect(running.server.isAlive(within: .seconds(10)))
        }
    }

    @Test func oneFreeThreadIsEnough() throws {
        let gate = Gate()
        try withServer(handler: Echo(gate: gate), settings: ServerSettings(threads: 2)) { path, running in
            let peer = try Peer(path: path)
            try peer.send(Records.request(path: "/wait"))
            #expect(gate.awaitArrival())
            #expect(running.server.isAlive(within: .seconds(10)))
            gate.open()
        }
    }

    @Test func aServerThatDoesNotRunIsNotAlive() throws {
        let folder = try TemporaryFolder()
        let server = try Server(listener: Listener(.unix(path: folder.socket)), handler: Echo())
        #expect(!server.isAlive(within: .milliseconds(50)))
        server.stop()
        #expect(try server.run())
    }
}
