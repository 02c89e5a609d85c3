import Foundation
import Glibc
import TestSupport
import Testing

extension Integration {
    /// A flood of logins, more than can be hashed.
    struct OverloadTests {
        /// The answer to a request: its status, `Retry-After`, and its time in seconds.
        struct Sample: Sendable {
            let status: Int
            let retryAfter: Int?
            let time: Double

            init?(_ line: Substring) {
                let words = line.split(separator: " ", omittingEmptySubsequences: false)
                guard words.count == 3, let status = Int(words[0]), let time = Double(words[2]) else { return nil }
                (self.status, retryAfter, self.time) = (status, Int(words[1]), time)
            }
        }

        /// Logins, all at once, to be started later.
        private static func makeFlood(
            _ deployment: Deployment, _ count: Int
        ) -> @Sendable () throws -> [Sample] {
            let login = Deployment.registration("owner@example.test", password: Deployment.ownerPassword)
            let arguments =
                [
                    "--silent", "--noproxy", "*", "--max-time", "60", "--cacert",
                    deployment.folder.path("certificate.pem"), "--parallel", "--parallel-immediate", "--parallel-max",
                    String(count), "-X", "POST", "-H", "Authorization: Bearer \(deployment.token)", "-H",
                    "Content-Type: application/json", "--data-binary", login, "--write-out",
                    "%{http_code} %header{retry-after} %{time_total}\n",
                ] + (0..<count).flatMap { _ in ["--output", "/dev/null", "\(deployment.base)/auth/login"] }
            return { try run("curl", arguments).text.split(separator: "\n").compactMap(Sample.init) }
        }

        /// Memory of the responder in KiB, by its name in `/proc/PID/status`.
        private static func memory(_ deployment: Deployment, _ name: String) throws -> Int {
            try #require(ProcessStatus(of: deployment.responderID).number(name))
        }

        @Test func `a full queue is reported at once, memory stays bounded, and no worker is lost`() throws {
            let (slots, line) = (2, 8)
            let deployment = try Deployment(
                serves: false,
                settings: [
                    "POSTERN_THROTTLE": "false", "POSTERN_HASH_SLOTS": "\(slots)", "POSTERN_HASH_QUEUE": "\(line)",
                    "POSTERN_PASSWORD_HASH": "scrypt:ln=15,r=8,p=3",
                ])
            try deployment.startResponder()
            try deployment.startNginx(isLimited: false)
            try deployment.waitUntilReady()
            // All threads read first, so that only the hashes are new.
            for _ in 0..<50 { _ = try deployment.send("GET", "/auth/verify", bearer: deployment.token) }
            let before = try Self.memory(deployment, "VmRSS")
            let flood = Background(Self.makeFlood(deployment, 64))
            usleep(300_000)
            for _ in 0..<5 {
                let start = ContinuousClock.now
                #expect(try deployment.send("GET", "/auth/verify", bearer: deployment.token).status == 204)
                #expect(ContinuousClock.now - start < .seconds(1))
            }
            let samples = try flood.value()
            #expect(samples.count == 64)
            let (good, refused) = (samples.filter { $0.status == 200 }, samples.filter { $0.status == 503 })
            #expect(good.count + refused.count == 64)
            #expect(good.count >= slots + line)
            #expect(refused.allSatisfy { ($0.retryAfter ?? 0) >= 1 })
            // All that is refused is told before the line has moved on much.
            let slowest = good.map(\.time).max() ?? 0
            #expect((refused.map(\.time).max() ?? 0) < max(1, slowest))
            // scrypt's own need is 128 * r * N bytes a hash, and as much a lane again.
            let need = slots * (32 << 10)
            let peak = try Self.memory(deployment, "VmHWM")
            #expect(Double(peak) <= Double(before + need) * 1.05 + 4096, "\(before) + \(need), \(peak)")
            #expect(try Self.makeFlood(deployment, slots + line)().allSatisfy { $0.status == 200 })
        }
    }
}
