import Foundation
import Identity
import InMemoryLogging
import Logging
import Storage
import TestSupport
import Testing

struct LogTests {
    let installation: TestInstallation

    init() throws {
        installation = try TestInstallation()
    }

    private var lines: [String] {
        installation.logs.entries.map { entry in
            "\(entry.level) \(entry.message) "
                + entry.metadata.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        }
    }

    @Test func `a request is one line that names credential and client`() throws {
        _ = installation.call("POST", "/auth/logout", token: installation.adminToken, fields: ["X-Request-Id": "r1"])
        let line = try #require(lines.last)
        #expect(lines.count == 1)
        for part in [
            "info request", "id=r1", "method=POST", "path=/api/v1/auth/logout", "status=200", "client=192.0.2.1",
            "account=\(installation.owner.id)", "token=tok_", "ms=",
        ] { #expect(line.contains(part)) }
    }

    @Test func `what is no request has the same line, without its query`() throws {
        _ = installation.call(
            "POST", "/auth/login?\u{301}password=s3cret", fields: ["X-Request-Id": "r2"],
            variables: ["CONTENT_LENGTH": "x"])
        _ = installation.call("POST", "/auth/login?\u{301}password=s3cret")
        let line = try #require(lines.first)
        for part in ["id=r2", "method=POST", "path=/api/v1/auth/login ", "status=400", "client=192.0.2.1", "fault="] {
            #expect(line.contains(part))
        }
        #expect(lines.allSatisfy { !$0.contains("s3cret") })
    }

    @Test func `no secret is in the log or in the database`() throws {
        let password = "northern lights over tromso"
        let body = TestInstallation.credentials("ann@example.test", password)
        #expect(installation.post("/auth/register", body).status == 200)
        let session = try #require(installation.login("ann@example.test", password).sessionToken)
        _ = installation.login("ann@example.test", "a wrong password")
        _ = installation.call("POST", "/auth/login?password=a+query+password", body, token: "pst_foreign-token")
        _ = installation.post("/auth/register", #"{"email": "x", "password": "a refused password""#)
        _ = installation.call("DELETE", "/account/token/\(installation.adminToken)")
        _ = installation.call("DELETE", "/account/token/x\(session)")
        _ = installation.call("DELETE", "/account/token/" + installation.adminToken.replacing("_", with: "%5F"))
        _ = installation.call("POST", "/auth/logout", token: session)
        let secrets = [
            password, "a wrong password", "a refused password", "a+query+password", session, installation.adminToken,
            "pst_foreign-token", TestInstallation.ownerPassword, String(installation.adminToken.dropFirst(4)),
            String(session.dropFirst(4)),
        ]
        let log = lines.joined(separator: "\n")
        let stored = Data(try installation.connection().everything())
        #expect(stored.range(of: Data("ann@example.test".utf8)) != nil)
        for secret in secrets {
            #expect(!log.contains(secret))
            #expect(stored.range(of: Data(secret.utf8)) == nil)
        }
    }

    /// The fields of the last line with an event.
    private func fields(_ event: String = "request") -> [String: String]? {
        installation.logs.entries.last { "\($0.message)" == event }?.metadata.mapValues { "\($0)" }
    }

    @Test func `what a client writes is cut at 256 bytes`() throws {
        _ = installation.call("GET", "/" + String(repeating: "é", count: 300), variables: ["REMOTE_ADDR": "1\n2"])
        let written = try #require(fields())
        #expect(written["path"]?.hasPrefix("/api/v1/éé") == true)
        #expect((250...260).contains(written["path"]?.utf8.count ?? 0))
        // The log's writer makes one word of it.
        #expect(written["client"] == "1\n2")
    }

    @Test(arguments: [
        ("/account/acct_0123/x_y%20", "/account/acct_0123/x_y%20"),
        ("/account/token/pst_0123/x", "/account/token/(token)"),
        ("/pst%5f0123", "/(token)"), ("/apss_0", "/a(token)"), ("/pst", "/pst"), ("/p%5Fst", "/p%5Fst"),
    ])
    func `a path is written up to what begins as a token`(_ path: String, _ written: String) {
        _ = installation.call("GET", path)
        #expect(fields()?["path"] == "/api/v1\(written)")
    }

    @Test func `a 401 has the kind of credential that was refused`() throws {
        let ann = try installation.person("ann", ["AppAdmin"])
        let expiring = try installation.token(
            of: ann.email, scopes: [.tokens], validUntil: installation.clock.now + 60)
        let lasting = try installation.token(of: ann.email, scopes: [.tokens])
        let revoked = try installation.person("bob").session
        try installation.service.logout(sessionToken: revoked, by: .operator)
        func reason(_ token: String?, cookie: String? = nil) -> String? {
            let answer = installation.call(
                "GET", "/auth/session", token: token,
                fields: cookie.map { ["Cookie": "__Host-postern_session=\($0)"] } ?? [:])
            #expect(answer.code == fields()?["code"])
            return fields()?["reason"]
        }
        #expect(reason(nil) == "missing")
        #expect(reason("pst_mistyped") == "malformed")
        #expect(reason(revoked) == "unknown")
        #expect(reason(nil, cookie: revoked) == "unknown")
        #expect(reason(ann.session) == nil)
        installation.clock.advance(by: 60)
        #expect(reason(expiring) == "expired")
        #expect(reason(lasting) == nil)
        // It is 30 minutes until the idle session ends, and 60 until its lifetime is over.
        let other = try installation.begin(ann.email).token.text
        installation.clock.advance(by: 1800)
        #expect(reason(other) == "idle")
        installation.clock.advance(by: 1800)
        #expect(reason(other) == "expired")
        installation.clock.advance(by: -7200)
        #expect(reason(other) == "future")
        installation.clock.advance(by: 7200)
        // Past the API, by which a deactivated account loses its tokens too.
        try installation.execute("UPDATE account SET state = 'Inactive' WHERE email = ?", [ann.email])
        #expect(reason(lasting) == "inactive")
    }

    @Test func `a 403 has the words of its answer, and a 400 has not`() throws {
        let token = try installation.token(scopes: [.register])
        let answer = installation.get("/account", token)
        #expect(answer.status == 403)
        #expect(fields()?["code"] == answer.code)
        #expect(fields()?["reason"] == answer.object["detail"] as? String)
        _ = installation.post("/auth/login", #"{"email": "a secret"#)
        #expect(fields()?["code"] == "malformed_json" && fields()?["reason"] == nil)
    }

    @Test func `a login names the account and the client, and no email address`() throws {
        let ann = try installation.addAccount("ann@example.test", password: "a fine passphrase")
        func login(_ email: String, _ password: String, client: String? = "203.0.113.9") -> TestAnswer {
            installation.call(
                "POST", "/auth/login", TestInstallation.credentials(email, password), token: installation.adminToken,
                fields: client.map { ["X-Client-Address": $0] } ?? [:])
        }
        let account = "\(ann.id)"
        #expect(login("ann@example.test", "a fine passphrase").status == 200)
        let success = try #require(fields("login succeeded"))
        #expect(success["account"] == account && success["client"] == "203.0.113.9")
        #expect(success["session"]?.hasPrefix("sess_") == true)
        let request = try #require(fields())
        // The request is the program's.
        #expect(request["account"] == "\(installation.owner.id)" && request["token"] != nil)
        #expect(request["client"] == "203.0.113.9" && request["peer"] == "192.0.2.1")
        #expect(request["id"] == success["id"])

        #expect(login("ann@example.test", "wrong").status == 401)
        var failure = try #require(fields("login failed"))
        #expect(failure["account"] == account && failure["code"] == "invalid_credentials")
        #expect(login("a password typed into the wrong field", "wrong").status == 401)
        failure = try #require(fields("login failed"))
        #expect(failure["account"] == nil && failure["client"] == "203.0.113.9")
        // The program's own address says nothing about the guesser.
        #expect(login("ann@example.test", "wrong", client: nil).status == 401)
        failure = try #require(fields("login failed"))
        #expect(failure["account"] == account && failure["client"] == nil)
        #expect(fields()?["client"] == "192.0.2.1" && fields()?["peer"] == nil)

        _ = try installation.service.update(ann.id, AccountForm(state: .inactive), by: .operator)
        #expect(login("ann@example.test", "a fine passphrase").status == 403)
        failure = try #require(fields("login failed"))
        #expect(failure["account"] == account && failure["code"] == "account_inactive")
        #expect(lines.allSatisfy { !$0.contains("ann@") && !$0.contains("wrong field") })
    }

    @Test func `a login that is refused names the counter`() throws {
        let installation = try TestInstallation(throttle: ThrottlePolicy())
        for _ in 0..<6 {
            _ = installation.call(
                "POST", "/auth/login", TestInstallation.credentials("ann@example.test", "wrong"),
                token: installation.adminToken, fields: ["X-Client-Address": "203.0.113.9"])
        }
        let entries = installation.logs.entries.filter { "\($0.message)" == "login failed" }
        #expect(entries.count == 6)
        let last = try #require(entries.last).metadata.mapValues { "\($0)" }
        #expect(last["code"] == "too_many_attempts" && last["throttled"] == "pair" && last["client"] == "203.0.113.9")
    }
}
