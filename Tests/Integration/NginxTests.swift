import Foundation
import Glibc
import TestSupport
import Testing

/// The real binary behind the real nginx, over TLS.
extension Integration {
    struct NginxTests {
        @Test func `the reference's calls work as shown`() throws {
            let deployment = try Deployment()
            let body = """
                {
                    "email": "sasha@auroralabs.com",
                    "password": "northern lights over tromso",
                    "roles": ["AppAdmin"]
                  }
                """
            let registered = try deployment.post("/auth/register", body)
            #expect(registered.status == 200)
            #expect(registered.values("content-type") == ["application/json"])
            #expect(registered.values("strict-transport-security").count == 1)
            #expect(registered.values("cache-control") == ["no-store"])
            let login = try deployment.post("/auth/login", Deployment.registration("sasha@auroralabs.com"))
            #expect(login.status == 200)
            #expect(login.body == registered.body)
            let cookie = try #require(login.values("set-cookie").first)
            #expect(cookie.hasPrefix("__Host-postern_session=pss_"))
            let logout = try deployment.curl([
                "-X", "POST", "\(deployment.base)/auth/logout", "-H", "Authorization: Bearer \(deployment.token)", "-H",
                "Cookie: \(cookie.prefix { $0 != ";" })",
            ])
            #expect(logout.status == 200)
            #expect(logout.body == "\"ok\"")
            let session = cookie.prefix { $0 != ";" }.drop { $0 != "=" }.dropFirst()
            #expect(try deployment.post("/auth/logout", "", token: String(session)).code == "invalid_token")
            let again = try deployment.post("/auth/register", body)
            #expect(again.status == 409 && again.code == "account_exists")
            #expect(try deployment.post("/auth/login", "{}", token: "pst_x").code == "invalid_token")
            #expect(try deployment.curl(["-X", "POST", "\(deployment.base)/auth/login"]).code == "unauthenticated")
        }

        @Test func `of 200 registrations at once one wins, and 199 are told`() throws {
            let deployment = try Deployment()
            let output = try deployment.rawCurl(
                [
                    "--parallel", "--parallel-immediate", "--parallel-max", "200", "-X", "POST", "-H",
                    "Authorization: Bearer \(deployment.token)", "-H", "Content-Type: application/json",
                    "--data-binary",
                    Deployment.registration("race@example.test"), "--write-out", "%{http_code}\n",
                ] + (0..<200).flatMap { _ in ["--output", "/dev/null", "\(deployment.base)/auth/register"] })
            let statuses = output.text.split(separator: "\n").map(String.init)
            #expect(statuses.count { $0 == "200" } == 1)
            #expect(statuses.count { $0 == "409" } == 199)
        }

        @Test func `a body of 16 KiB passes and one byte more is too large, at every layer`() throws {
            let deployment = try Deployment()
            let body = Deployment.registration("big@example.test")
            let full = body + String(repeating: " ", count: 16384 - body.utf8.count)
            let passed = try deployment.post("/auth/register", full)
            #expect(passed.status == 200)
            let file = deployment.folder.path("body")
            for size in [16385, 65536, 65537, 200_000] {
                try String(repeating: "x", count: size).write(toFile: file, atomically: false, encoding: .utf8)
                let answer = try deployment.post("/auth/register", "@\(file)")
                #expect(answer.status == 413)
                #expect(answer.code == "payload_too_large")
                #expect(answer.values("content-type") == ["application/problem+json"])
                #expect(answer.values("x-request-id").count == 1)
                #expect(answer.object["request_id"] as? String == answer.values("x-request-id").first)
            }
            #expect(try deployment.post("/auth/login", body).status == 200)
        }

        @Test func `a client that hangs up in the middle of its body harms nothing`() throws {
            let deployment = try Deployment()
            for _ in 0..<5 {
                // Its length says more than it sends, until it gives up.
                let outcome = try deployment.rawCurl([
                    "-X", "POST", "\(deployment.base)/auth/login", "-H", "Authorization: Bearer \(deployment.token)",
                    "-H",
                    "Content-Type: application/json", "-H", "Content-Length: 5000", "--data-binary", "{\"email\": ",
                    "--http1.1", "--max-time", "0.3",
                ])
                #expect(outcome.status == 28)
            }
            #expect(try deployment.post("/auth/login", "{}").status == 400)
        }

        @Test(arguments: [
            (["--path-as-is", "/auth%2Flogin"], 404), (["--path-as-is", "/auth/../auth/login"], 404),
            (["--path-as-is", "/auth/%2e%2e/auth/login"], 404), (["--path-as-is", "//auth/login"], 404),
            (["-X", "BREW", "/auth/login"], 405), (["-X", "TRACE", "/auth/login"], 405),
            (["-X", "PUT", "/auth/login"], 405),
            (["-H", "Authorization: Bearer pst_x", "/auth/login"], 400),
            (["-H", "Content-Length: 1", "/auth/login"], 400),
            (["-H", "X-Org: \u{1}", "/auth/register"], 403),
        ])
        func `odd requests get their 4xx with a code, and the next one works`(_ arguments: [String], _ status: Int)
            throws
        {
            let deployment = try Deployment()
            let answer = try deployment.curl(
                arguments.dropLast() + [
                    deployment.base + (arguments.last ?? ""), "-H", "Authorization: Bearer \(deployment.token)", "-H",
                    "Content-Type: application/json", "--data-binary", "{}", "--http1.1",
                ])
            #expect(answer.status == status)
            #expect(answer.code != nil)
            #expect(try deployment.post("/auth/login", "{}").code == "invalid_request")
        }

        @Test func `an unavailable backend is a problem, and recovers without a change to nginx`() throws {
            let deployment = try Deployment()
            #expect(deployment.stopResponder() == 0)
            let down = try deployment.post("/auth/login", "{}")
            #expect(down.status == 502)
            #expect(down.code == "unavailable")
            #expect(down.values("content-type") == ["application/problem+json"])
            try deployment.startResponder()
            try deployment.waitUntilReady()
            #expect(try deployment.post("/auth/login", "{}").status == 400)
        }

        @Test func `SIGTERM ends with 0 after the requests in hand are answered`() throws {
            // All to one account from one address.
            let deployment = try Deployment(settings: ["POSTERN_THROTTLE": "false"])
            let logins = try deployment.makeLogins(6)
            let process = deployment.responderID
            // Six logins take longer than the moment after which the signal comes.
            let outcome = Background(logins)
            usleep(150_000)
            kill(process, SIGTERM)
            let statuses = try outcome.value()
            #expect(statuses == Array(repeating: "200", count: 6))
            #expect(deployment.stopResponder() == 0)
            #expect(!FileManager.default.fileExists(atPath: deployment.socket))
        }

        @Test func `no secret is in the database or in any log`() throws {
            let deployment = try Deployment()
            let password = "northern lights over tromso"
            _ = try deployment.post("/auth/register", Deployment.registration("ann@example.test", password: password))
            let login = try deployment.post("/auth/login?q=a+query+secret", Deployment.registration("ann@example.test"))
            let cookie = try #require(login.values("set-cookie").first)
            let session = String(cookie.prefix { $0 != ";" }.drop { $0 != "=" }.dropFirst())
            _ = try deployment.post(
                "/auth/login", Deployment.registration("ann@example.test", password: "a wrong password"))
            _ = try deployment.post("/auth/logout", "", token: session)
            _ = try deployment.post("/auth/login", "{\"password\": \"a broken password\"", token: "pst_foreign")
            // Into the path, in which no token belongs.
            _ = try deployment.post("/auth/\(session)/verify", "")
            _ = try deployment.post("/token/x\(deployment.token)", "")
            _ = try deployment.post("/auth/pst%5Fforeign?pst_foreign", "")
            deployment.stopResponder()
            let files = try FileManager.default.subpathsOfDirectory(atPath: deployment.folder.path)
                .filter { $0.contains("sqlite3") || $0.contains("log") }.map { deployment.folder.path($0) }
                .filter { FileManager.default.isReadableFile(atPath: $0) }
            let contents = files.compactMap { try? Data(contentsOf: URL(fileURLWithPath: $0)) }
            #expect(contents.contains { $0.range(of: Data("auth/login".utf8)) != nil })
            #expect(contents.contains { $0.range(of: Data(#""POST /api/v1/token/x(token)" HTTP/"#.utf8)) != nil })
            #expect(contents.contains { $0.range(of: Data("ann@example.test".utf8)) != nil })
            for secret in [
                password, "a wrong password", "a broken password", "query+secret", session, deployment.token,
                "pst_foreign", "pst%5Fforeign", String(session.dropFirst(4)), String(deployment.token.dropFirst(4)),
                Deployment.ownerPassword,
            ] {
                #expect(contents.allSatisfy { $0.range(of: Data(secret.utf8)) == nil })
            }
        }
    }
}

extension Deployment {
    /// Logins of the owner, all at once, to be started later.
    ///
    /// - Returns: a function that runs them and gives their statuses.
    func makeLogins(_ count: Int) throws -> @Sendable () throws -> [String] {
        let arguments =
            [
                "--silent", "--noproxy", "*", "--max-time", "60", "--cacert", folder.path("certificate.pem"),
                "--parallel", "--parallel-immediate", "-X", "POST", "-H", "Authorization: Bearer \(token)", "-H",
                "Content-Type: application/json", "--data-binary",
                Self.registration("owner@example.test", password: Self.ownerPassword), "--write-out", "%{http_code}\n",
            ] + (0..<count).flatMap { _ in ["--output", "/dev/null", "\(base)/auth/login"] }
        return { try run("curl", arguments).text.split(separator: "\n").map(String.init) }
    }
}
