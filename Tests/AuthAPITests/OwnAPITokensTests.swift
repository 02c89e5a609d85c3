import Foundation
import Identity
import TestSupport
import Testing

struct OwnAPITokensTests {
    let installation: TestInstallation
    let ann: Person

    init() throws {
        installation = try TestInstallation()
        ann = try installation.person("ann", ["AppAdmin"])
    }

    private func make(_ body: String, by token: String? = nil, org: String? = nil) -> TestAnswer {
        installation.call(
            "POST", "/account/token", body, token: token ?? ann.session, fields: org.map { ["X-Org": $0] } ?? [:])
    }

    @Test func `a token is shown once, and works`() throws {
        let made = make(
            #"{"name": "ci", "scopes": ["tokens", "accounts:read"], "valid_until": "2026-03-01T00:00:00Z"}"#)
        #expect(made.status == 201)
        let text = try #require(made.string("token"))
        let hash = try #require(BearerToken(text)).hash
        let id = try #require(made.string("id"))
        #expect(
            made.body
                == "{\"id\":\"\(id)\",\"name\":\"ci\",\"token\":\"\(text)\",\"scopes\":[\"accounts:read\",\"tokens\"],"
                + "\"role_ceiling\":\"AppMember\",\"hashed_token\":\"\(hash)\",\"last_used_at\":null,"
                + "\"created_at\":\"2026-02-08T14:12:45Z\","
                + "\"valid_until\":\"2026-03-01T00:00:00Z\"}")
        #expect(installation.get("/account", text).status == 200)
        try installation.service.recordCredentialUse()
        let list = installation.get("/account/token", ann.session)
        #expect(list.column("id") == [id])
        #expect(list.column("token") == ["-"])
        #expect(list.column("last_used_at") == ["2026-02-08T14:12:45Z"])
        #expect(!list.body.contains(text))
        let event = try #require(try installation.audit(.tokenCreated).first)
        #expect(event.actor == ann.account.id && event.account == ann.account.id && event.target == id)
    }

    @Test func `it is deleted by its hash, and refused at the next request`() throws {
        let made = make(#"{"name": "ci", "scopes": ["tokens"]}"#)
        let text = try #require(made.string("token"))
        let path = "/account/token/\(try #require(made.string("hashed_token")))"
        #expect(
            installation.call(
                "DELETE", path.uppercased().replacing("/ACCOUNT/TOKEN", with: "/account/token"), token: text
            ).status == 404)
        let answer = installation.call("DELETE", path, token: ann.session)
        #expect(answer.status == 200)
        #expect(answer.body == #""Token deleted""#)
        #expect(installation.get("/account/token", text).code == "invalid_token")
        #expect(installation.call("DELETE", path, token: ann.session).code == "not_found")
        let event = try #require(try installation.audit(.tokenRevoked).first)
        #expect(event.actor == ann.account.id && event.target == made.string("id"))
    }

    @Test func `nobody deletes another's token`() throws {
        let made = make(#"{"name": "ci", "scopes": ["tokens"]}"#)
        let path = "/account/token/\(try #require(made.string("hashed_token")))"
        #expect(installation.call("DELETE", path, token: installation.adminToken).code == "not_found")
        #expect(installation.get("/account/token", installation.adminToken).column("name") == ["test"])
    }

    @Test(arguments: ["register", "login", "organizations", "audit:read", "admin", "client-address"])
    func `no token gets a scope that its maker lacks`(_ scope: String) throws {
        let answer = make(#"{"name": "x", "scopes": ["tokens", "\#(scope)"]}"#)
        #expect(answer.status == 403)
        #expect(answer.code == "insufficient_scope")
        let token = try installation.token(scopes: [.tokens])
        #expect(make(#"{"name": "x", "scopes": ["\#(scope)"]}"#, by: token).code == "insufficient_scope")
        #expect(make(#"{"name": "x", "scopes": ["\#(scope)"]}"#, by: installation.adminToken).status == 201)
    }

    @Test func `a token makes none that outlives it`() throws {
        let maker = try installation.token(scopes: [.tokens], validUntil: installation.clock.now + 100)
        let late = make(#"{"name": "x", "scopes": [], "valid_until": "2026-02-08T15:00:00Z"}"#, by: maker)
        #expect(late.faults == ["/valid_until out_of_range"])
        let open = make(#"{"name": "x", "scopes": ["tokens"]}"#, by: maker)
        #expect(open.string("valid_until") == "2026-02-08T14:14:25Z")
        let person = make(#"{"name": "x", "scopes": []}"#)
        #expect(person.object["valid_until"] is NSNull)
    }

    @Test func `a new token ends when the installation's longest time is over, at the latest`() throws {
        let installation = try TestInstallation(apiTokenMaximumLifetime: 3600)
        let bob = try installation.person("bob", ["AppAdmin"])
        func make(_ end: String?, by token: String) -> TestAnswer {
            let end = end.map { ", \"valid_until\": \"\($0)\"" } ?? ""
            return installation.call(
                "POST", "/account/token", #"{"name": "x", "scopes": ["tokens"]\#(end)}"#, token: token)
        }
        #expect(make(nil, by: bob.session).string("valid_until") == "2026-02-08T15:12:45Z")
        #expect(make("2026-02-08T15:12:45Z", by: bob.session).status == 201)
        #expect(make("2026-02-08T15:12:46Z", by: bob.session).faults == ["/valid_until out_of_range"])
        // The maker's own end goes before, if it comes earlier.
        let maker = try installation.token(
            of: bob.email, scopes: [.tokens], validUntil: installation.clock.now + 100)
        #expect(make(nil, by: maker).string("valid_until") == "2026-02-08T14:14:25Z")
        // An operator's tokens are no others.
        let form = try APITokenForm(name: "x", scopes: [.login])
        let made = try installation.service.createAPIToken(form, for: bob.email, in: nil)
        #expect(made.record.validUntil == installation.clock.now + 3600)
        let late = try APITokenForm(name: "x", scopes: [.login], validUntil: Timestamp("2027-01-01T00:00:00Z"))
        #expect(throws: AuthenticationError.self) {
            try installation.service.createAPIToken(late, for: bob.email, in: nil)
        }
        installation.clock.advance(by: 3600)
        #expect(installation.get("/auth/session", made.token.text).code == "invalid_token")
    }

    @Test func `revoke_existing ends all others of the account in the organization, and no more`() throws {
        _ = try installation.addOrganization(slug: "other")
        let first = try #require(make(#"{"name": "1", "scopes": ["tokens"]}"#).string("token"))
        let second = try #require(make(#"{"name": "2", "scopes": ["tokens"]}"#, by: first).string("token"))
        let third = make(#"{"name": "3", "scopes": ["tokens"], "revoke_existing": true}"#, by: second)
        #expect(third.status == 201)
        for token in [first, second] { #expect(installation.get("/account/token", token).status == 401) }
        #expect(installation.get("/account/token", try #require(third.string("token"))).column("name") == ["3"])
        #expect(installation.get("/account/token", installation.adminToken).status == 200)
        #expect(try installation.audit(.tokenRevoked).count == 2)
    }

    @Test(arguments: [
        ("{}", ["/name required", "/scopes required"]),
        (
            #"{"name": 1, "scopes": "all", "revoke_existing": "yes", "valid_until": 7}"#,
            [
                "/name wrong_type", "/scopes wrong_type", "/valid_until wrong_type", "/revoke_existing wrong_type",
            ]
        ),
        (
            #"{"name": " ", "scopes": ["root", 1]}"#,
            ["/scopes/1 wrong_type", "/scopes/0 unknown_scope", "/name required"]
        ),
        (#"{"name": "x", "scopes": [], "valid_until": "tomorrow"}"#, ["/valid_until invalid_format"]),
        (#"{"name": "x", "scopes": [], "valid_until": "2027-02-30T00:00:00Z"}"#, ["/valid_until invalid_format"]),
        (#"{"name": "x", "scopes": [], "valid_until": "2026-02-08T14:12:45Z"}"#, ["/valid_until out_of_range"]),
    ])
    func `faults are told`(_ body: String, _ faults: [String]) {
        #expect(make(body).faults.filter { $0 != "/name required" || faults.contains($0) } == faults)
    }

    @Test func `a session makes it in the organization that X-Org names`() throws {
        let other = try installation.addOrganization(slug: "other")
        let user = try installation.service.createUser(
            of: ann.account.id, UserForm(role: .appMember), by: Caller(.operator(in: other.id)))
        let token = try #require(make(#"{"name": "x", "scopes": ["tokens"]}"#, org: "other").string("token"))
        #expect(installation.get("/app/me", token).string("id") == "\(user.id)")
        // There it is no administrator.
        #expect(make(#"{"name": "x", "scopes": ["accounts:read"]}"#, org: "other").code == "insufficient_scope")
        #expect(installation.get("/app/me", token, org: "example").code == "forbidden")
        #expect(installation.get("/app/me", token, org: "other").status == 200)
        #expect(installation.get("/account/token", token).rows.count == 1)
    }

    @Test func `who administers an organization without being a member makes no token there`() throws {
        _ = try installation.addOrganization(slug: "other")
        let root = try installation.person("root", ["SuperAdmin"])
        #expect(make(#"{"name": "x", "scopes": ["admin"]}"#, by: root.session, org: "other").code == "forbidden")
        #expect(make(#"{"name": "x", "scopes": ["admin"]}"#, by: root.session).status == 201)
    }
}
