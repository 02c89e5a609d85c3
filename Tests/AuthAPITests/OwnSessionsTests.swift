import Foundation
import HTTPTypes
import Identity
import TestSupport
import Testing

struct OwnSessionsTests {
    let installation: TestInstallation
    let ann: Person

    init() throws {
        installation = try TestInstallation()
        ann = try installation.person("ann")
    }

    @Test func `the list tells from where each was made, and which is this one`() throws {
        installation.clock.advance(by: 60)
        _ = installation.call(
            "POST", "/auth/login", TestInstallation.credentials(ann.email, Person.password),
            token: installation.adminToken, fields: ["User-Agent": "Fox/1", "X-Client-Address": "2001:db8::7"])
        _ = try installation.person("bob")
        let list = installation.get("/account/session", ann.session)
        #expect(list.object["total_count"] as? Int == 2)
        #expect(list.column("created_at") == ["2026-02-08T14:12:45Z", "2026-02-08T14:13:45Z"])
        #expect(list.column("expires_at") == ["2026-02-08T15:12:45Z", "2026-02-08T15:13:45Z"])
        #expect(list.column("address") == ["-", "2001:db8::7"])
        #expect(list.column("user_agent") == ["-", "Fox/1"])
        #expect(list.rows.map { $0["is_current"] as? Bool } == [true, false])
        #expect(!list.body.contains(ann.session))
    }

    @Test func `last_seen follows the use`() throws {
        installation.clock.advance(by: 90)
        let before = installation.get("/account/session", ann.session)
        #expect(before.column("last_seen") == ["2026-02-08T14:12:45Z"])
        try installation.service.recordCredentialUse()
        #expect(installation.get("/account/session", ann.session).column("last_seen") == ["2026-02-08T14:14:15Z"])
    }

    @Test func `what has ended is not in the list`() throws {
        installation.clock.advance(by: 1799)
        let later = try installation.begin(ann.email).token.text
        #expect(installation.get("/account/session", later).rows.count == 2)
        installation.clock.advance(by: 1)
        #expect(installation.get("/account/session", later).rows.count == 1)
    }

    @Test func `one is ended, and refused at the next request`() throws {
        let other = try installation.begin(ann.email)
        let answer = installation.call("DELETE", "/account/session/\(other.session.id)", token: ann.session)
        #expect(answer.status == 200)
        #expect(answer.body == #""ok""#)
        #expect(answer.fields[.setCookie] == nil)
        #expect(installation.get("/auth/session", other.token.text).code == "invalid_token")
        let again = installation.call("DELETE", "/account/session/\(other.session.id)", token: ann.session)
        #expect(again.code == "not_found")
        let event = try #require(try installation.audit(.sessionEnded).first)
        #expect(event.actor == ann.account.id && event.account == ann.account.id)
        #expect(event.target == "\(other.session.id)")
        #expect(try installation.audit(.sessionEnded).count == 1)
    }

    @Test func `ending the own session is logging out`() throws {
        let id = try #require(installation.get("/account/session", ann.session).column("id").first)
        let answer = installation.call("DELETE", "/account/session/\(id)", token: ann.session)
        #expect(answer.fields[.setCookie]?.contains("Max-Age=0") == true)
        #expect(installation.get("/auth/session", ann.session).status == 401)
    }

    @Test func `nobody ends another's session`() throws {
        let bob = try installation.person("bob", ["AppOwner"])
        let id = try #require(installation.get("/account/session", ann.session).column("id").first)
        #expect(installation.call("DELETE", "/account/session/\(id)", token: bob.session).code == "not_found")
        #expect(installation.get("/auth/session", ann.session).status == 200)
    }

    @Test func `all others are ended at once`() throws {
        let others = try (0..<3).map { _ in try installation.begin(ann.email).token.text }
        let bob = try installation.person("bob")
        #expect(installation.call("DELETE", "/account/session", token: ann.session).body == #""ok""#)
        for other in others { #expect(installation.get("/auth/session", other).status == 401) }
        for session in [ann.session, bob.session] {
            #expect(installation.get("/auth/session", session).status == 200)
        }
        #expect(try installation.audit(.sessionEnded).count == 3)
        #expect(installation.call("DELETE", "/account/session", token: ann.session).status == 200)
    }

    @Test(arguments: [
        ("DELETE", "/account/session"), ("PUT", "/account/me"), ("POST", "/account/token"),
        ("DELETE", "/account/session/sess_0000000000000000"), ("POST", "/app/organization"),
    ])
    func `by the cookie alone nothing is changed from another origin`(_ method: String, _ path: String) {
        let cookie = ["Cookie": "__Host-postern_session=\(ann.session)"]
        for fields in [[:], ["Origin": "https://evil.example"], ["Sec-Fetch-Site": "same-site"]] {
            let answer = installation.call(method, path, "{}", fields: cookie.merging(fields) { $1 })
            #expect(answer.code == "cross_origin")
        }
        let own = installation.call(
            method, path, "{}", fields: cookie.merging(["Sec-Fetch-Site": "same-origin"]) { $1 })
        #expect(own.code != "cross_origin")
    }

    @Test func `by the cookie alone everything is read`() {
        let fields = ["Cookie": "__Host-postern_session=\(ann.session)", "Sec-Fetch-Site": "cross-site"]
        #expect(installation.call("GET", "/account/me", fields: fields).status == 200)
    }
}
