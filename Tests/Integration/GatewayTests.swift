import Foundation
import Glibc
import Testing

/// One request by three ways: run as CGI, by FastCGI without a web server, and through nginx.
extension Integration {
    struct GatewayTests {
        /// A request that changes nothing, so that it can be made three times.
        struct Row: Sendable, CustomTestStringConvertible {
            let method: String
            let path: String
            var body = ""
            var type = "application/json"
            var credential = "token"

            var testDescription: String { "\(method) \(path) \(body.prefix(20))" }
        }

        static let rows = [
            Row(method: "GET", path: "/health/live"), Row(method: "HEAD", path: "/health/ready"),
            Row(method: "GET", path: "/nowhere"), Row(method: "GET", path: "/auth%2Flogin"),
            Row(method: "OPTIONS", path: "/auth/login"), Row(method: "DELETE", path: "/auth/login"),
            Row(method: "POST", path: "/auth/login", body: "{"), Row(method: "POST", path: "/auth/login", body: "{}"),
            Row(
                method: "POST", path: "/auth/login?x=1",
                body: #"{"email": "nobody@example.test", "password": "é wrong"}"#),
            Row(method: "POST", path: "/auth/register", body: #"{"email": "x", "password": "y", "roles": ["Z"]}"#),
            Row(
                method: "POST", path: "/auth/register",
                body: #"{"email": "owner@example.test", "password": "long enough"}"#),
            Row(method: "POST", path: "/auth/login", body: "x", type: "text/plain"),
            Row(method: "POST", path: "/auth/login", body: String(repeating: "x", count: 16385)),
            Row(method: "POST", path: "/auth/logout"), Row(method: "POST", path: "/auth/logout", credential: "none"),
            Row(method: "POST", path: "/auth/logout", credential: "pst_rubbish"),
        ]

        private func environment(_ row: Row, _ deployment: Deployment) -> [String: String] {
            var variables = [
                "GATEWAY_INTERFACE": "CGI/1.1", "SERVER_PROTOCOL": "HTTP/1.1", "REQUEST_METHOD": row.method,
                "REQUEST_URI": "/api/v1\(row.path)", "REMOTE_ADDR": "127.0.0.1", "HTTP_X_REQUEST_ID": "same",
                "HTTP_HOST": "localhost:\(deployment.port)", "HTTPS": "on",
            ]
            if row.credential != "none" {
                variables["HTTP_AUTHORIZATION"] =
                    "Bearer \(row.credential == "token" ? deployment.token : row.credential)"
            }
            if !row.body.isEmpty {
                variables["CONTENT_LENGTH"] = String(row.body.utf8.count)
                variables["CONTENT_TYPE"] = row.type
            }
            return variables
        }

        @Test(arguments: ["300000", ""])
        func `a CGI run takes a body that is too large to its end, so that the web server can hand it over`(
            _ length: String
        ) throws {
            let deployment = try Deployment(serves: false)
            let variables = deployment.environment.merging([
                "REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1/auth/login", "CONTENT_TYPE": "application/json",
                "CONTENT_LENGTH": length, "HTTP_AUTHORIZATION": "Bearer \(deployment.token)",
            ]) { _, new in new }
            let outcome = try run(
                "bash", ["-c", #"head -c 300000 /dev/zero | "$0"; echo "${PIPESTATUS[@]}""#, Paths.binary],
                environment: variables)
            #expect(outcome.text.hasPrefix("Status: 413"))
            #expect(outcome.text.hasSuffix("}0 0\n"), "\(outcome.text.suffix(40))")
        }

        @Test func `CGI, FastCGI and nginx give the same answer, byte for byte`() throws {
            let deployment = try Deployment()
            for row in Self.rows {
                let variables = environment(row, deployment)
                let cgi = try deployment.postern([], input: row.body, environment: variables)
                #expect(cgi.status == 0)
                let fastCGI = try run(
                    "cgi-fcgi", ["-bind", "-connect", deployment.socket], environment: variables,
                    input: Data(row.body.utf8))
                #expect(cgi.text == fastCGI.text, "\(row)")
                #expect(cgi.text.hasPrefix("Status: "))

                var arguments = ["--path-as-is", "-H", "X-Request-Id: same", deployment.base + row.path]
                arguments += row.method == "HEAD" ? ["--head"] : ["-X", row.method]
                if let credential = variables["HTTP_AUTHORIZATION"] {
                    arguments += ["-H", "Authorization: \(credential)"]
                }
                if !row.body.isEmpty { arguments += ["-H", "Content-Type: \(row.type)", "--data-binary", row.body] }
                let through = try deployment.curl(arguments)
                let direct = Answer("HTTP/1.1 " + cgi.text.dropFirst("Status: ".count))
                #expect(through.status == direct.status, "\(row)")
                #expect(through.body == direct.body, "\(row)")
                let added = ["server", "date", "strict-transport-security", "connection"]
                let fields = through.fields.filter { !added.contains($0.name) }.map { "\($0.name): \($0.value)" }
                #expect(fields.sorted() == direct.fields.map { "\($0.name): \($0.value)" }.sorted(), "\(row)")
            }
        }

        @Test func `a login is the same by all three ways, but for its token`() throws {
            let deployment = try Deployment()
            let row = Row(
                method: "POST", path: "/auth/login",
                body: Deployment.registration("owner@example.test", password: Deployment.ownerPassword))
            let variables = environment(row, deployment)
            let token = /pss_[0-9A-Za-z]{49}/
            let cgi = try deployment.postern([], input: row.body, environment: variables).text
            let fastCGI = try run(
                "cgi-fcgi", ["-bind", "-connect", deployment.socket], environment: variables, input: Data(row.body.utf8)
            ).text
            #expect(cgi.hasPrefix("Status: 200 OK\r\n") && cgi.contains(token))
            #expect(cgi.replacing(token, with: "TOKEN") == fastCGI.replacing(token, with: "TOKEN"))
            #expect(cgi != fastCGI)
            let through = try deployment.post("/auth/login", row.body)
            #expect(cgi.hasSuffix("\r\n\r\n\(through.body)"))
            let cookie = try #require(through.values("set-cookie").first).replacing(token, with: "TOKEN")
            #expect(cgi.replacing(token, with: "TOKEN").contains("Set-Cookie: \(cookie)\r\n"))
        }

        @Test func `a request from a shell needs no length`() throws {
            let deployment = try Deployment(serves: false)
            let answer = try deployment.postern(
                [], input: Deployment.registration("owner@example.test", password: Deployment.ownerPassword),
                environment: [
                    "REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1/auth/login", "CONTENT_TYPE": "application/json",
                    "HTTP_AUTHORIZATION": "Bearer \(deployment.token)",
                ])
            #expect(answer.text.hasPrefix("Status: 200 OK\r\n"))
            #expect(answer.text.contains("Set-Cookie: __Host-postern_session=pss_"))
        }

        @Test func `a client cannot write the command line of a CGI run`() throws {
            let deployment = try Deployment(serves: false)
            for arguments in [
                ["account", "list"], ["--help"], ["token", "create", "--account", "owner@example.test"],
            ] {
                let answer = try deployment.postern(
                    arguments, environment: ["REQUEST_METHOD": "GET", "PATH_INFO": "/api/v1/health/live"])
                #expect(answer.text.hasSuffix("\r\n\r\n{\"status\":\"ok\"}"))
            }
        }

        @Test func `a CGI run that cannot start answers 503 and tells the operator why`() throws {
            let deployment = try Deployment(serves: false)
            let answer = try deployment.postern(
                [],
                environment: [
                    "REQUEST_METHOD": "GET", "PATH_INFO": "/api/v1/health/live",
                    "POSTERN_DATABASE": "/nowhere/p.sqlite3",
                ])
            #expect(answer.text.hasPrefix("Status: 503"))
            #expect(answer.text.contains("\"code\":\"unavailable\""))
            #expect(!answer.text.contains("/nowhere"))
            #expect(answer.errors.contains("/nowhere/p.sqlite3"))
            #expect(answer.status == 78)
        }

        @Test func `spawn-fcgi may hand over the socket, and needs no arguments`() throws {
            let deployment = try Deployment(serves: false)
            let process = Process()
            process.standardError = FileHandle.nullDevice
            try start(
                process, "spawn-fcgi", ["-n", "-s", deployment.socket, "--", Paths.binary], deployment.environment)
            defer {
                kill(process.processIdentifier, SIGTERM)
                process.waitUntilExit()
            }
            while !FileManager.default.fileExists(atPath: deployment.socket), process.isRunning { usleep(10_000) }
            let answer = try run(
                "cgi-fcgi", ["-bind", "-connect", deployment.socket],
                environment: ["REQUEST_METHOD": "GET", "REQUEST_URI": "/api/v1/health/live"])
            #expect(answer.text.hasSuffix("{\"status\":\"ok\"}"))
        }
    }
}
