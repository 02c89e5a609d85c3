import Foundation
import Identity
import TestSupport
import Testing

/// The answer to a caller about itself, which the store may have kept.
struct CurrentSessionTests {
    let installation: TestInstallation
    let ann: Person

    init() throws {
        installation = try TestInstallation()
        ann = try installation.person("ann", ["AppMember", "AppAdmin"])
    }

    /// Asks twice, so that the second answer may be one that was kept, and holds both against the routes that read each
    /// part anew.
    private func expectPresent(
        _ session: String, org: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let parts = [
            ("account", "/account/me"), ("user", "/app/me"), ("organization", "/app/organization"),
        ].map { name, path in "\"\(name)\":\(installation.get(path, session, org: org).body)," }
        for _ in 0..<2 {
            let answer = installation.get("/auth/session", session, org: org)
            #expect(answer.status == 200, sourceLocation: sourceLocation)
            #expect(answer.body.contains(parts.joined()), sourceLocation: sourceLocation)
        }
    }

    private func succeeds(_ method: String, _ path: String, _ body: String, _ token: String) -> Bool {
        (200..<300).contains(installation.call(method, path, body, token: token).status)
    }

    @Test func `no change of account, user or organization is missed`() throws {
        let admin = installation.adminToken
        expectPresent(ann.session)
        #expect(succeeds("PUT", "/account/me", #"{"name": "Ann Lee", "family_name": "Lee"}"#, ann.session))
        expectPresent(ann.session)
        #expect(succeeds("POST", "/app/organization", #"{"name": "Renamed", "display_name": "R"}"#, admin))
        expectPresent(ann.session)
        #expect(succeeds("PUT", "/app/user/\(ann.user)", #"{"user_info": {"name": "Ann of Example"}}"#, admin))
        expectPresent(ann.session)
        _ = try installation.service.update(
            ann.account.id, AccountForm(name: nil, email: EmailAddress("lee@example.test")), by: .operator)
        expectPresent(ann.session)
        // Another process's change.
        try installation.execute("UPDATE account SET given_name = 'Annabel'")
        expectPresent(ann.session)
        #expect(installation.get("/auth/session", ann.session).body.contains("Annabel"))
    }

    @Test func `no change of rights is missed`() throws {
        expectPresent(ann.session)
        #expect(
            succeeds("PUT", "/app/user/\(ann.user)", #"{"role": "AppMember"}"#, installation.adminToken))
        expectPresent(ann.session)
        let answer = installation.get("/auth/session", ann.session)
        #expect(answer.object["roles"] as? [String] == ["AppMember"])
        #expect(answer.object["scopes"] as? [String] == ["tokens"])
    }

    @Test func `logins and registrations in between change nothing`() throws {
        let before = installation.get("/auth/session", ann.session)
        _ = try installation.person("bob")
        let other = try installation.begin(ann.email).token.text
        #expect(installation.get("/auth/session", ann.session).body == before.body)
        #expect(installation.get("/auth/session", other).body != before.body)
        expectPresent(other)
    }

    @Test func `each organization and each credential has its own answer`() throws {
        installation.clock.advance(by: 1)
        let other = try installation.addOrganization(slug: "other")
        _ = try installation.service.createUser(
            of: ann.account.id, UserForm(role: .appGuest), by: Caller(.operator(in: other.id)))
        let token = try installation.token(of: ann.email, scopes: [.login])
        for _ in 0..<2 {
            expectPresent(ann.session)
            expectPresent(ann.session, org: "other")
            expectPresent(token)
        }
        let credential = installation.get("/auth/session", token).object["credential"] as? [String: Any]
        #expect(credential?["kind"] as? String == "api_token")
    }

    @Test func `a session that has ended is told nothing more`() throws {
        expectPresent(ann.session)
        #expect(succeeds("POST", "/auth/logout", "", ann.session))
        #expect(installation.get("/auth/session", ann.session).code == "invalid_token")
    }
}
