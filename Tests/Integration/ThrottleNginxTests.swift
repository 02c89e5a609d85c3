import Foundation
import TestSupport
import Testing

extension Integration {
    /// The throttle in real time, behind real nginx and in several processes.
    struct ThrottleNginxTests {
        private func login(
            _ deployment: Deployment, _ password: String, _ more: [String] = []
        ) throws -> Answer {
            try deployment.post(
                "/auth/login", Deployment.registration("owner@example.test", password: password),
                ["-H", "X-Client-Address: 127.0.0.1"] + more)
        }

        @Test
        func `guesses are answered 429, forged addresses change nothing, and a try after the wait is let through`()
            throws
        {
            // Long enough for a busy machine to send the next one before it is over.
            let deployment = try Deployment(
                serves: false, settings: ["POSTERN_THROTTLE_LOGIN": "5/5s-15m", "POSTERN_PUBLIC_LOGIN": "true"])
            try deployment.startResponder()
            try deployment.startNginx(isLimited: false)
            try deployment.waitUntilReady()
            for index in 0..<5 {
                let forged = ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Client-Address"].flatMap {
                    ["-H", "\($0): 198.51.100.\(index)"]
                }
                // Browsers have nobody's word but the web server's for where they are.
                let answer = try deployment.curl(
                    [
                        "-X", "POST", "\(deployment.base)/auth/login", "-H", "Content-Type: application/json",
                        "--data-binary",
                        Deployment.registration("owner@example.test", password: "wrong"),
                    ] + forged)
                #expect(answer.status == 401)
            }
            let refused = try login(deployment, Deployment.ownerPassword)
            #expect(refused.status == 429)
            #expect(refused.code == "too_many_attempts")
            let wait = try #require(refused.values("retry-after").first.flatMap { UInt32($0) })
            #expect((1...5).contains(wait))
            // Another process, which counts with the same counters.
            deployment.stopResponder()
            try deployment.startResponder()
            try deployment.waitUntilReady()
            sleep(wait)
            #expect(try login(deployment, "wrong").status == 401)
            let longer = try login(deployment, "wrong")
            #expect(longer.status == 429)
            sleep(try #require(longer.values("retry-after").first.flatMap { UInt32($0) }))
            #expect(try login(deployment, Deployment.ownerPassword).status == 200)
            #expect(try login(deployment, "wrong").status == 401)
        }

        /// A wrong login without nginx.
        private func guess(_ deployment: Deployment, by way: Deployment.Way) throws -> Int {
            try deployment.request(
                "POST", "/auth/login", bearer: deployment.token,
                body: Deployment.registration("owner@example.test", password: "wrong"), by: way
            ).status
        }

        /// Sends logins to the responder at once.
        ///
        /// - Returns: how often each status was answered.
        private func logins(_ count: Int, _ password: String, _ deployment: Deployment) throws -> [Int: Int] {
            let (send, body) = (deployment.send, Deployment.registration("owner@example.test", password: password))
            let attempts = (0..<count).map { _ in Background { try send("POST", "/auth/login", body).status } }
            return try attempts.reduce(into: [:]) { $0[try $1.value(), default: 0] += 1 }
        }

        private func count(_ event: String, _ deployment: Deployment) throws -> Int {
            try deployment.objects(["audit", "list", "--type", event]).count
        }

        @Test
        func `of twelve logins at once all right ones are let in, and no more wrong ones tried than are tolerated`()
            throws
        {
            let deployment = try Deployment(serves: false, settings: ["POSTERN_THROTTLE_LOGIN": "5/60s-15m"])
            try deployment.serve()
            let right = try logins(12, Deployment.ownerPassword, deployment)
            #expect(try count("login.succeeded", deployment) == right[200])
            // On a machine so busy that two hashes take two seconds.
            let log = try String(contentsOfFile: deployment.log, encoding: .utf8)
            let late = log.matches(of: /status=429 .*path=\/api\/v1\/auth\/login ms=(\d+)\.\d/).count {
                (Int($0.1) ?? 0) >= 2_000
            }
            #expect(right == [200: 12] || late > 0 && right == [200: 12 - late, 429: late])
            let start = ContinuousClock.now
            #expect(try logins(12, "wrong", deployment) == [401: 5, 429: 7])
            #expect(start.duration(to: .now) < .seconds(6))
            #expect(try count("login.failed", deployment) == 5)
        }

        @Test func `a responder and CGI runs count together`() throws {
            let deployment = try Deployment(serves: false, settings: ["POSTERN_THROTTLE_LOGIN": "5/60s-15m"])
            try deployment.serve()
            for way in [.responder, .cgi, .responder, .cgi, .cgi] as [Deployment.Way] {
                #expect(try guess(deployment, by: way) == 401)
            }
            for way in [.responder, .cgi] as [Deployment.Way] { #expect(try guess(deployment, by: way) == 429) }
        }

        @Test func `one setting switches the throttle off, and the log warns of it`() throws {
            let deployment = try Deployment(serves: false, settings: ["POSTERN_THROTTLE": "false"])
            try deployment.serve()
            for _ in 0..<8 { #expect(try guess(deployment, by: .responder) == 401) }
            let log = try String(contentsOfFile: deployment.log, encoding: .utf8)
            #expect(log.contains(/warning: POSTERN_THROTTLE is off/))
        }
    }
}
