import Foundation
import Identity
import TestSupport
import Testing

struct AuditTests {
    let installation: TestInstallation
    let ann: Person

    init() throws {
        installation = try TestInstallation()
        ann = try installation.person("ann")
    }

    private func log(_ query: String = "", by token: String? = nil, org: String? = nil) -> TestAnswer {
        installation.get("/app/audit\(query)", token ?? installation.adminToken, org: org)
    }

    @Test func `an entry says who did what to whom, when, from where and with which credential`() throws {
        installation.clock.advance(by: 60)
        let answer = installation.call(
            "POST", "/account/\(ann.id)", #"{"roles": ["AppGuest"]}"#, token: installation.adminToken,
            fields: ["X-Request-Id": "r-1", "X-Client-Address": "203.0.113.9"])
        #expect(answer.status == 200)
        let entry = log("?type=account.roles_changed")
        let id = try #require(entry.column("id").first)
        let token = try #require(installation.get("/account/token", installation.adminToken).column("id").first)
        #expect(
            entry.body
                == "{\"data\":[{\"id\":\"\(id)\",\"type\":\"account.roles_changed\",\"time\":\"2026-02-08T14:13:45Z\","
                + "\"actor\":\"\(installation.owner.id)\",\"credential\":{\"kind\":\"api_token\",\"id\":\"\(token)\"},"
                + "\"account\":\"\(ann.id)\",\"target\":\"\(ann.user)\",\"org_id\":\"\(installation.organization.id)\","
                + "\"address\":\"203.0.113.9\",\"request_id\":\"r-1\","
                + "\"details\":{\"from\":\"AppMember\",\"to\":\"AppGuest\"}}],\"next_cursor\":null,"
                + "\"previous_cursor\":null,\"has_next_page\":false,\"has_previous_page\":false,\"total_count\":1}")
    }

    @Test func `a session is a credential, whose address is the peer's`() throws {
        let fields = ["X-Client-Address": "203.0.113.9"]
        _ = installation.call("PUT", "/account/me", #"{"name": "A"}"#, token: ann.session, fields: fields)
        // Not even the session of an administrator.
        let root = try installation.person("root", ["SuperAdmin"])
        _ = installation.call("PUT", "/account/me", #"{"name": "R"}"#, token: root.session, fields: fields)
        let entries = log("?type=account.changed")
        #expect(entries.column("actor") == [root.id, ann.id])
        #expect(entries.column("address") == ["192.0.2.1", "192.0.2.1"])
        #expect(entries.rows.allSatisfy { ($0["credential"] as? [String: Any])?["kind"] as? String == "session" })
    }

    @Test func `the command line has an entry too`() {
        let entries = log("?type=account.registered")
        let credentials = entries.rows.compactMap { $0["credential"] as? [String: Any] }
        #expect(credentials.map { $0["kind"] as? String } == ["command_line", "command_line"])
        #expect(entries.column("actor") == ["-", "-"])
        #expect(entries.column("address") == ["-", "-"])
    }

    @Test func `logins and logouts are entries, and a bad login names no email`() throws {
        let session = try #require(installation.login(ann.email, Person.password).sessionToken)
        #expect(installation.login(ann.email, "a wrong password").status == 401)
        #expect(installation.login("nobody@example.test", "a wrong password").status == 401)
        #expect(installation.call("POST", "/auth/logout", token: session).status == 200)
        let succeeded = try #require(try installation.audit(.loginSucceeded).first)
        #expect(succeeded.account == ann.account.id && succeeded.actor == installation.owner.id)
        let failed = try installation.audit(.loginFailed)
        #expect(failed.map(\.account) == [nil, ann.account.id])
        let logout = try #require(try installation.audit(.logout).first)
        #expect(logout.account == ann.account.id && logout.actor == ann.account.id)
        #expect(logout.target == succeeded.target)
        #expect(!log("?page_size=100").body.contains("@"))
    }

    @Test func `what was wrong is no entry`() throws {
        let before = try installation.audit().count
        for (method, path, body) in [
            ("DELETE", "/account/acct_0000000000000000", "{}"),
            ("DELETE", "/account/token/\(String(repeating: "0", count: 64))", ""),
            ("POST", "/app/user", #"{"account_id": "\#(ann.id)"}"#), ("POST", "/app/organization", #"{"name": 1}"#),
        ] {
            #expect(installation.call(method, path, body, token: installation.adminToken).status >= 400)
        }
        #expect(try installation.audit().count == before)
    }

    @Test func `entries are filtered by type, actor, account and time`() throws {
        for name in ["A", "B"] {
            installation.clock.advance(by: 60)
            _ = installation.call("PUT", "/account/me", #"{"name": "\#(name)"}"#, token: ann.session)
        }
        #expect(log("?type=account.changed").column("time") == ["2026-02-08T14:14:45Z", "2026-02-08T14:13:45Z"])
        #expect(log("?actor=\(ann.id)").rows.count == 2)
        #expect(log("?actor=\(ann.id)&until=2026-02-08T14:14:45Z").column("time") == ["2026-02-08T14:13:45Z"])
        #expect(log("?actor=\(ann.id)&since=2026-02-08T14:14:45Z").column("time") == ["2026-02-08T14:14:45Z"])
        #expect(log("?actor=\(installation.owner.id)&account=\(ann.id)").rows.isEmpty)
        #expect(Set(log("?account=\(ann.id)").column("account")) == [ann.id])
    }

    @Test(arguments: [
        ("type=account", ["type unknown_type"]),
        ("actor=x&account=user_0000000000000000", ["actor invalid_format", "account invalid_format"]),
        ("since=today&until=2026-02-08", ["since invalid_format", "until invalid_format"]),
        ("type=logout&type=logout", ["type repeated"]),
    ])
    func `faults of the query are told`(_ query: String, _ faults: [String]) {
        let answer = log("?\(query)")
        #expect(answer.code == "invalid_request")
        #expect(answer.queryFaults == faults)
    }

    @Test func `each organization has its own log`() throws {
        _ = try installation.addOrganization(slug: "other")
        let other = try installation.person("boss", ["AppOwner"], in: "other")
        _ = installation.call("POST", "/app/organization", #"{"name": "N"}"#, token: other.session)
        let own = log(by: other.session)
        #expect(own.rows.count == own.object["total_count"] as? Int)
        #expect(own.column("type").contains("organization.changed"))
        #expect(Set(own.column("org_id")).count == 1)
        #expect(log("?type=organization.changed").rows.isEmpty)
        #expect(log(by: other.session, org: "example").code == "forbidden")
    }
}
