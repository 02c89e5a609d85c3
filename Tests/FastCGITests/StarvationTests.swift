import FastCGI
import Foundation
import HTTP
import TestSupport
import Testing

/// More connections than threads, in every state in which one may stay, and then a request. Each case is repeated on a
/// new connection, and on one that was kept all the while. Nothing ends the state meanwhile: an answer that waited for
/// it would come after the peer has given up.
@Suite struct StarvationTests {
    private let patient = ServerSettings(threads: 2, receiveTimeout: .seconds(60), sendTimeout: .seconds(60))

    private func expectAnswers(at path: String, kept: Peer) throws {
        #expect(try kept.exchange(Records.request())?.body == Echo.text())
        for _ in 0..<3 { #expect(try Peer(path: path).exchange(Records.request())?.body == Echo.text()) }
    }

    private func keptPeer(_ path: String) throws -> Peer {
        let peer = try Peer(path: path)
        #expect(try peer.exchange(Records.request())?.body == Echo.text())
        return peer
    }

    @Test func idleKeptConnectionsStarveNobody() throws {
        try withServer(settings: patient) { path, running in
            let kept = try keptPeer(path)
            let idle = try (0..<100).map { _ in try keptPeer(path) }
            try expectAnswers(at: path, kept: kept)
            for peer in idle { #expect(try peer.exchange(Records.request())?.body == Echo.text()) }
            #expect(running.server.status.accepted == 104)
        }
    }

    @Test func silentConnectionsStarveNobody() throws {
        try withServer(settings: patient) { path, _ in
            let kept = try keptPeer(path)
            let silent = try (0..<100).map { _ in try Peer(path: path) }
            try expectAnswers(at: path, kept: kept)
            // They are answered all the same, once they speak.
            for peer in silent { #expect(try peer.exchange(Records.request())?.body == Echo.text()) }
        }
    }

    /// The bytes of a request of 3,000 after which a peer may stall: in the first header, in the begin
    /// record, in the parameters, before the body, in the body, and before its end.
    @Test(arguments: [1, 8, 15, 24, 60, 2_000, 2_990])
    func peersThatStallInsideARequestStarveNobody(length: Int) throws {
        let bytes = Records.request(body: [UInt8](repeating: 9, count: 2_850))
        try withServer(settings: ServerSettings(threads: 2, receiveTimeout: .seconds(60))) { path, running in
            let kept = try keptPeer(path)
            let stalled = try (0..<30).map { _ in
                let peer = try Peer(path: path)
                try peer.send(bytes.prefix(length))
                return peer
            }
            try expectAnswers(at: path, kept: kept)
            // They are answered all the same, once they go on.
            for peer in stalled {
                try peer.send(bytes.dropFirst(length))
                #expect(try peer.receiveAnswer()?.status == "Status: 200 OK")
            }
            #expect(!running.events.all.contains(.peerStalled))
        }
    }

    /// Apache's httpd sends no more than 48 KiB before some of it has been read.
    @Test(arguments: [2_000, 20_000, 70_000])
    func peersThatStallInsideABodyOverTheLimitAreAnsweredAtOnce(length: Int) throws {
        let bytes = Records.request(body: [UInt8](repeating: 9, count: 90_000))
        let settings = ServerSettings(threads: 1, bodyLimit: 1_000, receiveTimeout: .seconds(60))
        try withServer(settings: settings) { path, running in
            let kept = try keptPeer(path)
            let tooLarge = Echo.text("POST", arrival: "tooLarge")
            let stalled = try (0..<20).map { _ in
                let peer = try Peer(path: path)
                try peer.send(bytes.prefix(length))
                return peer
            }
            for peer in stalled { #expect(try peer.receiveAnswer()?.body == tooLarge) }
            try expectAnswers(at: path, kept: kept)
            #expect(try Peer(path: path).exchange(bytes)?.body == tooLarge)
            // The rest may still come, and gets no error.
            for peer in stalled { try peer.send(bytes.dropFirst(length)) }
            for peer in stalled { #expect(try peer.isReleasedAndClosed()) }
        }
    }

    @Test func aPeerThatDoesNotTakeLeaveIsClosed() throws {
        let settings = ServerSettings(threads: 1, bodyLimit: 1_000, receiveTimeout: .milliseconds(100))
        try withServer(settings: settings) { path, running in
            let peer = try Peer(path: path)
            try peer.send(Records.request(body: [UInt8](repeating: 9, count: 90_000)).prefix(70_000))
            #expect(try peer.receiveAnswer()?.body == Echo.text("POST", arrival: "tooLarge"))
            #expect(try peer.isReleasedAndClosed())
            #expect(throws: Peer.Failure.self) {
                for _ in 0..<500 {
                    try peer.send([0])
                    usleep(10_000)
                }
            }
        }
    }

    @Test func aPeerThatStallsTooLongIsClosed() throws {
        let settings = ServerSettings(threads: 1, receiveTimeout: .milliseconds(50))
        try withServer(settings: settings) { path, running in
            let kept = try keptPeer(path)
            let peer = try Peer(path: path)
            try peer.send(Records.request().prefix(30))
            #expect(try peer.isClosed())
            #expect(running.events.await { $0 == .peerStalled })
            // Time counts only inside a request.
            #expect(try kept.exchange(Records.request())?.body == Echo.text())
        }
    }

    @Test func aPeerThatDoesNotReadItsAnswerIsGivenUp() throws {
        let settings = ServerSettings(threads: 1, sendTimeout: .milliseconds(50))
        try withServer(settings: settings) { path, running in
            let peer = try Peer(path: path)
            try peer.send(Records.request(path: "/large"))
            #expect(running.events.await { if case .answerLost = $0 { true } else { false } })
            #expect(try Peer(path: path).exchange(Records.request())?.body == Echo.text())
        }
    }
}
