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
        _ = installation.call("POST", "/auth/logout", token: session)
        let secrets = [
            password, "a wrong password", "a refused password", "a+query+password", session, installation.adminToken,
            "pst_foreign-token", TestInstallation.ownerPassword,
        ]
        let log = lines.joined(separator: "\n")
        let stored = try ["", "-wal"].map { suffix in
            try Data(contentsOf: URL(fileURLWithPath: installation.store.path + suffix))
        }
        #expect(stored.contains { $0.range(of: Data("ann@example.test".utf8)) != nil })
        for secret in secrets {
            #expect(!log.contains(secret))
            #expect(stored.allSatisfy { $0.range(of: Data(secret.utf8)) == nil })
        }
    }

    @Test func `nobody writes lines of their own`() throws {
        _ = installation.call("GET", "/x\n2026 error forged\u{1B}[2J é\\", variables: ["REMOTE_ADDR": "1\n2"])
        let line = try #require(lines.last)
        #expect(!line.contains("\n") && !line.contains("\u{1B}"))
        #expect(line.contains(#"path=/api/v1/x\x0a2026\x20error"#))
        #expect(line.contains(#"client=1\x0a2"#))
    }
}
