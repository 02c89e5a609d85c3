import FastCGI
import Glibc
import HTTP
import HTTPTypes
import Synchronization
import TestSupport
import Testing

/// Connections that a web server keeps when the server stops, whatever lies on them or is under way at that moment.
@Suite struct KeptAtStopTests {
    private static let query = Records.record(
        Records.Kind.getValues, Records.pairs([("FCGI_MAX_CONNS", "")]), request: 0)

    /// Holds its answers to `/later` back.
    private struct Late: Handler {
        func answer(_ received: ReceivedRequest) -> Answer {
            guard case .request(let request) = received else { return .response(Response(status: .badRequest)) }
            var response = Response(status: .ok, body: Array(request.path.utf8))
            if request.path == "/later" { response.delay = .milliseconds(3) }
            return .response(response)
        }
    }

    @Test func `one is asked for again when something else than a request has come on it`() throws {
        let folder = try TemporaryFolder()
        let running = try Running(
            Listener(.unix(path: folder.socket)), settings: ServerSettings(threads: 2, releaseTimeout: .seconds(60)))
        let peer = try Peer(path: folder.socket)
        #expect(try peer.exchange(Records.request())?.body == Echo.text())
        running.server.stop()
        #expect(try peer.receiveRecord() == .release)
        // A probe of it may be under way just when the server stops: then nobody has asked for it yet.
        for _ in 0..<3 {
            try peer.send(Self.query)
            #expect(try peer.receiveRecord()?.kind == Records.Kind.getValuesResult)
            #expect(try peer.receiveRecord() == .release)
        }
        peer.close()
        #expect(try running.awaitEnd() == true)
    }

    private struct Closed: Error {}

    /// The traffic on one connection.
    private enum Traffic: Int, CaseIterable {
        case none, requests, halves, later, values
    }

    /// Goes on with a connection until the server stops, then waits to be asked for it, and lets go of it.
    private static func use(_ peer: Peer, _ traffic: Traffic, _ isStopped: borrowing Atomic<Bool>) throws {
        var isReleased = false
        /// Takes the records up to one of this kind.
        func receive(until kind: UInt8) throws {
            while let record = try peer.receiveRecord() {
                if record == .release { isReleased = true }
                if record.kind == kind { return }
            }
            throw Closed()
        }
        while !isStopped.load(ordering: .relaxed) {
            switch traffic {
            case .none:
                usleep(200)
                continue
            case .requests: try peer.send(Records.request())
            case .later: try peer.send(Records.request(path: "/later"))
            case .halves:
                let bytes = Records.request(body: [1, 2, 3])
                try peer.send(bytes.prefix(40))
                usleep(UInt32.random(in: 0...300))
                try peer.send(bytes.dropFirst(40))
            case .values:
                try peer.send(query)
                try receive(until: Records.Kind.getValuesResult)
                continue
            }
            try receive(until: Records.Kind.end)
        }
        if !isReleased { try receive(until: Records.Kind.error) }
        #expect(isReleased)
        peer.close()
    }

    @Test func `each is asked for at once, whatever is under way on it when the server stops`() throws {
        for round in 0..<40 {
            let folder = try TemporaryFolder()
            let running = try Running(
                Listener(.unix(path: folder.socket)), handler: Late(),
                settings: ServerSettings(threads: 3, drainTimeout: .seconds(90), releaseTimeout: .seconds(60)))
            let isStopped = Atomic(false)
            let arrived = Atomic(0)
            let number = 2 * Traffic.allCases.count
            concurrently(number + 1) { index in
                do {
                    if index == number {
                        while arrived.load(ordering: .relaxed) < number { usleep(100) }
                        usleep(UInt32.random(in: 0...2000))
                        isStopped.store(true, ordering: .relaxed)
                        running.server.stop()
                        return
                    }
                    let peer = try Peer(path: folder.socket)
                    _ = try peer.exchange(Records.request())
                    arrived.add(1, ordering: .relaxed)
                    try Self.use(peer, Traffic.allCases[index % Traffic.allCases.count], isStopped)
                } catch {
                    arrived.add(1, ordering: .relaxed)
                    Issue.record(error, "round \(round), \(Traffic.allCases[index % Traffic.allCases.count])")
                }
            }
            #expect(try running.awaitEnd() == true)
        }
    }
}
