import Foundation
import Glibc
import TestSupport
import Testing

/// The real responder under more connections and requests than it has threads for.
extension Integration {
    struct OverloadTests {
        /// More connections than the responder has threads, in every state in which a peer can leave one.
        private func occupy(_ path: String) throws -> [Peer] {
            let health = Records.request(path: "/api/v1/health/live")
            let long = Records.request(path: "/api/v1/auth/login", body: [UInt8](repeating: 32, count: 200_000))
            let lengths = [0, 1, 8, 20, 60, health.count - 4]
            return try (0..<20).flatMap { _ in
                let kept = try Peer(path: path)
                #expect(try kept.exchange(health)?.status == "Status: 200 OK")
                let stalled = try lengths.map { length in
                    let peer = try Peer(path: path)
                    try peer.send(health.prefix(length))
                    return peer
                }
                let stalledInBody = try Peer(path: path)
                try stalledInBody.send(long.prefix(80_000))
                return [kept, stalledInBody] + stalled
            }
        }

        @Test func `with a full pool of stalled and kept connections a request is answered within a second`() throws {
            let deployment = try Deployment()
            let peers = try occupy(deployment.socket)
            // More than there are threads, of all kinds together.
            #expect(peers.count == 160)
            let body = #"{"email": "owner@example.test"}"#
            for _ in 0..<5 {
                let start = ContinuousClock.now
                #expect(try deployment.post("/auth/login", body).status == 400)
                #expect(try deployment.post("/auth/login", String(repeating: "x", count: 60_000)).status == 413)
                #expect(start.duration(to: .now) < .seconds(2))
            }
            let direct = try time { () throws in
                let answer = try Peer(path: deployment.socket).exchange(Records.request())
                #expect(answer?.status == "Status: 404 Not Found")
            }
            #expect(direct < .seconds(1))
            // None of them holds up the end for longer than it takes a web server to let go of a connection.
            let stop = time { #expect(deployment.stopResponder() == 0) }
            #expect(stop < .seconds(12))
        }

        @Test func `threads, descriptors and memory stay the same over many requests`() throws {
            let isLong = ProcessInfo.processInfo.environment["POSTERN_TEST_LONG"] != nil
            let deployment = try Deployment(serves: false)
            try deployment.startResponder()
            try deployment.startNginx(isLimited: false)
            try deployment.waitUntilReady()
            let process = deployment.responderID
            // Every thread has been used, and nginx's connections are all there.
            _ = try deployment.load(requests: isLong ? 100_000 : 10_000)
            _ = try deployment.makeLogins(6)()
            let before = try Usage(of: process)
            let answered = try deployment.load(requests: isLong ? 1_000_000 : 20_000)
            _ = try deployment.makeLogins(6)()
            #expect(answered >= (isLong ? 1_000_000 : 20_000))
            let after = try Usage(of: process)
            #expect(after.threads == before.threads)
            // Connections that nginx keeps come and go.
            #expect(abs(after.descriptors - before.descriptors) <= 32)
            #expect(after.resident - before.resident < 8 << 20, "\(before) \(after)")
            print("after \(answered) requests: \(before) → \(after)")
        }

        private func time(_ body: () throws -> Void) rethrows -> Duration { try ContinuousClock().measure(body) }
    }
}

/// What a process uses.
private struct Usage {
    let threads: Int
    let descriptors: Int
    /// Bytes of memory that are its own: not those of files that it has mapped.
    let resident: Int

    init(of process: Int32) throws {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let kilobytes = try #require(status.firstMatch(of: /RssAnon:\s+(\d+) kB/)).1
        resident = try #require(Int(kilobytes)) << 10
        threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task").count
        // Only root sees those of a process that hides its memory.
        descriptors =
            geteuid() == 0 ? try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count : 0
    }
}

extension Deployment {
    /// Has wrk make at least so many requests, of which none may fail.
    ///
    /// - Returns: how many were answered.
    fileprivate func load(requests: Int) throws -> Int {
        var answered = 0
        while answered < requests {
            let load = try Load(self, isPaced: false)
            sleep(requests > 100_000 ? 20 : 2)
            let result = try load.stop()
            #expect(result.failed == 0, "\(result.text)")
            answered += result.answered
        }
        return answered
    }
}
