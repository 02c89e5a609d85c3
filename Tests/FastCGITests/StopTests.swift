import FastCGI
import Foundation
import HTTP
import Synchronization
import TestSupport
import Testing

@Suite struct StopTests {
    @Test func answersWhatIsInHandAndTakesNothingNew() throws {
        let gate = Gate()
        let folder = try TemporaryFolder()
        let running = try Running(Listener(.unix(path: folder.socket)), handler: Echo(gate: gate))
        let peer = try Peer(path: folder.socket)
        try peer.send(Records.request(path: "/wait"))
        #expect(gate.awaitArrival())
        #expect(running.server.status.inHand >= 1)

        running.server.stop()
        #expect(running.events.await { if case .draining = $0 { true } else { false } })
        #expect(throws: Peer.Failure.self) { try Peer(path: folder.socket) }
        gate.open()
        #expect(try peer.receiveAnswer()?.body == Echo.text("GET", "/wait"))
        #expect(try peer.receiveRecord() == .release)
        peer.close()
        #expect(try running.awaitEnd() == true)
        #expect(folder.contents == [])
    }

    @Test func asksForKeptConnectionsAndAnswersWhatComesOnThemMeanwhile() throws {
        let folder = try TemporaryFolder()
        let settings = ServerSettings(releaseTimeout: .seconds(60))
        let running = try Running(Listener(.unix(path: folder.socket)), settings: settings)
        let peers = try (0..<20).map { _ in
            let peer = try Peer(path: folder.socket)
            #expect(try peer.exchange(Records.request())?.body == Echo.text())
            return peer
        }
        running.server.stop()
        for peer in peers { #expect(try peer.receiveRecord() == .release) }
        for _ in 0..<3 {
            for peer in peers {
                #expect(try peer.exchange(Records.request(path: "/late"))?.body == Echo.text("GET", "/late"))
                #expect(try peer.receiveRecord() == .release)
            }
        }
        for peer in peers { peer.close() }
        #expect(try running.awaitEnd() == true)
    }

    @Test func aPeerThatDoesNotLetGoDoesNotHoldItUpForLong() throws {
        let folder = try TemporaryFolder()
        let settings = ServerSettings(threads: 1, drainTimeout: .seconds(90), releaseTimeout: .milliseconds(300))
        let running = try Running(Listener(.unix(path: folder.socket)), settings: settings)
        let peer = try Peer(path: folder.socket)
        #expect(try peer.exchange(Records.request())?.body == Echo.text())
        let duration = try time { () throws in
            running.server.stop()
            #expect(try peer.receiveRecord() == .release)
            #expect(try peer.isClosed())
            #expect(try running.awaitEnd() == true)
        }
        #expect(duration > .milliseconds(300))
    }

    @Test func answersWhatWaitsForAThread() throws {
        let gate = Gate()
        let folder = try TemporaryFolder()
        let running = try Running(
            Listener(.unix(path: folder.socket)), handler: Echo(gate: gate), settings: ServerSettings(threads: 1))
        let peers = try (0..<20).map { _ in
            let peer = try Peer(path: folder.socket)
            try peer.send(Records.request(path: "/wait"))
            return peer
        }
        #expect(gate.awaitArrival())
        running.server.stop()
        gate.open(times: peers.count)
        for peer in peers { #expect(try peer.receiveAnswer()?.body == Echo.text("GET", "/wait")) }
        #expect(try running.awaitEnd() == true)
    }

    @Test func answersTheRequestThatIsStillComing() throws {
        try withServer { path, running in
            let bytes = Records.request(body: [1, 2, 3])
            let peer = try Peer(path: path)
            try peer.send(bytes.prefix(40))
            running.server.stop()
            #expect(running.events.await { if case .draining = $0 { true } else { false } })
            try peer.send(bytes.dropFirst(40))
            #expect(try peer.receiveAnswer()?.body == Echo.text("POST", body: [1, 2, 3]))
        }
    }

    @Test func peersThatStallDoNotHoldItUp() throws {
        let settings = ServerSettings(threads: 1, receiveTimeout: .seconds(60), releaseTimeout: .seconds(60))
        try withServer(settings: settings) { path, running in
            let silent = try (0..<20).map { _ in try Peer(path: path) }
            let stalled = try (0..<20).map { _ in
                let peer = try Peer(path: path)
                try peer.send(Records.request().prefix(50))
                return peer
            }
            running.server.stop()
            #expect(try running.awaitEnd() == true)
            for peer in silent + stalled { #expect(try peer.isClosed()) }
            // `withServer` waits for the same end.
            running.again()
        }
    }

    @Test func givesUpWhatTakesLongerThanTheDrainTimeout() throws {
        let gate = Gate()
        let folder = try TemporaryFolder()
        let running = try Running(
            Listener(.unix(path: folder.socket)), handler: Echo(gate: gate),
            settings: ServerSettings(threads: 1, drainTimeout: .milliseconds(100)))
        let peer = try Peer(path: folder.socket)
        try peer.send(Records.request(path: "/wait"))
        #expect(gate.awaitArrival())
        running.server.stop()
        #expect(try running.awaitEnd() == false)
        #expect(running.events.all.contains(.drainTimedOut(unanswered: 1)))
        gate.open()
        #expect(try peer.receiveAnswer()?.body == Echo.text("GET", "/wait"))
    }

    @Test func losesNoRequestThatWasAccepted() throws {
        for round in 0..<10 {
            let folder = try TemporaryFolder()
            let running = try Running(Listener(.unix(path: folder.socket)))
            let stopAfter = Int.random(in: 1...200)
            let answered = Atomic(0)
            DispatchQueue.concurrentPerform(iterations: 4) { client in
                while let peer = try? Peer(path: folder.socket) {
                    var answer: Peer.Answer?
                    let duration = time {
                        answer = try? peer.exchange(Records.request(keep: client % 2 == 0))
                    }
                    #expect(answer?.body == Echo.text(), "round \(round), after \(duration)")
                    let count = answered.add(1, ordering: .relaxed).newValue
                    if count == stopAfter || answer == nil { running.server.stop() }
                }
            }
            running.server.stop()
            #expect(try running.awaitEnd() == true)
            #expect(folder.contents == [])
        }
    }

    @Test func aStopIsNeverLost() throws {
        for _ in 0..<100 {
            let folder = try TemporaryFolder()
            let running = try Running(Listener(.unix(path: folder.socket)))
            // Some come before there is a thread, some while a connection is accepted, some when all threads wait.
            if Bool.random(), let peer = try? Peer(path: folder.socket) { try? peer.send(Records.request()) }
            if Bool.random() { usleep(UInt32.random(in: 0...2000)) }
            running.server.stop()
            #expect(try running.awaitEnd() == true)
        }
    }

    @Test func aStopBeforeTheStartIsHeeded() throws {
        let folder = try TemporaryFolder()
        let server = try Server(listener: Listener(.unix(path: folder.socket)), handler: Echo())
        server.stop()
        server.stop()
        #expect(try server.run())
    }

    @Test func leavesNoDescriptorAndNoThreadBehind() async {
        await #expect(processExitsWith: .success) {
            func count(_ kind: String) throws -> Int {
                try FileManager.default.contentsOfDirectory(atPath: "/proc/self/\(kind)").count
            }
            for round in 0..<60 {
                try withServer(settings: ServerSettings(threads: 8)) { path, _ in
                    let peer = try Peer(path: path)
                    _ = try peer.exchange(Records.request())
                    _ = try Peer(path: path).exchange(Records.request(keep: false))
                    try Peer(path: path).send([1, 2, 3])
                }
                if round == 9 { Self.before.store(try count("fd"), ordering: .relaxed) }
            }
            // The last server may still be on its way out; one descriptor or thread a round would be more than that.
            guard try count("fd") < Self.before.load(ordering: .relaxed) + 20 else { exit(3) }
            guard try count("task") < 30 else { exit(4) }
        }
    }

    private static let before = Atomic(0)
}
