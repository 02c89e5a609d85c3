import Foundation
import HTTPTypes
import Identity
import TestSupport
import Testing

struct OwnAccountTests {
    let installation: TestInstallation
    let ann: Person

    init() throws {
        installation = try TestInstallation()
        ann = try installation.person("ann")
    }

    private func put(_ body: String, session: String? = nil) -> TestAnswer {
        installation.call("PUT", "/account/me", body, token: session ?? ann.session)
    }

    private func change(_ current: String, _ new: String, session: String? = nil) -> TestAnswer {
        put(#"{"current_password": "\#(current)", "new_password": "\#(new)"}"#, session: session)
    }

    private func isAlive(_ session: String) -> Bool {
        installation.get("/auth/session", session).status == 200
    }

    @Test func `the own account is the one that login answers with`() throws {
        let login = installation.login(ann.email, Person.password)
        #expect(installation.get("/account/me", ann.session).body == login.body)
        let token = try installation.token(of: ann.email, scopes: [])
        #expect(installation.get("/account/me", token).body == login.body)
    }

    @Test func `names are changed, and null takes away what need not be there`() throws {
        let named = put(#"{"name": "Ann Lee", "given_name": "Ann", "family_name": "Lee"}"#)
        #expect(named.status == 200)
        #expect(named.string("name") == "Ann Lee")
        #expect((named.object["users"] as? [[String: Any]])?.first?["name"] as? String == "Ann Lee")
        let half = put(#"{"family_name": null, "name": null}"#)
        #expect(half.string("name") == "Ann Lee")
        #expect(half.string("given_name") == "Ann")
        #expect(half.object["family_name"] is NSNull)
        #expect(installation.get("/account/me", ann.session).body == half.body)
        let event = try #require(try installation.audit(.accountChanged).first)
        #expect(event.actor == ann.account.id && event.account == ann.account.id)
    }

    @Test func `nothing is a change of nothing`() throws {
        #expect(put("{}").status == 200)
        #expect(put(#"{"surname": "Lee"}"#).status == 200)
        #expect(try installation.audit(.accountChanged).isEmpty)
    }

    @Test(arguments: [
        (#"{"name": " "}"#, ["/name required"]), (#"{"name": 1}"#, ["/name wrong_type"]),
        (
            #"{"given_name": "\u0007", "family_name": []}"#,
            ["/family_name wrong_type", "/given_name invalid_character"]
        ),
        (#"{"new_password": "northern lights"}"#, ["/current_password required"]),
        (#"{"current_password": "northern lights"}"#, ["/new_password required"]),
        (#"{"current_password": "x", "new_password": "short"}"#, ["/new_password too_short"]),
        (
            #"{"current_password": "northern lights", "new_password": "northern lights"}"#,
            ["/new_password unchanged"]
        ),
        (#"{"current_password": "x", "new_password": "ann@example.test"}"#, ["/new_password equals_email"]),
    ])
    func `faults are told`(_ body: String, _ faults: [String]) {
        let answer = put(body)
        #expect(answer.code == "invalid_request")
        #expect(answer.faults == faults)
    }

    @Test func `a wrong present password is a fault of the body, and the session goes on`() throws {
        let answer = change("a wrong password", "northern lights")
        #expect(answer.status == 400)
        #expect(answer.code == "invalid_request")
        #expect(answer.faults == ["/current_password incorrect"])
        #expect(answer.fields[.wwwAuthenticate] == nil)
        #expect(isAlive(ann.session))
        #expect(installation.login(ann.email, Person.password).status == 200)
        let event = try #require(try installation.audit(.loginFailed).first)
        #expect(event.account == ann.account.id && event.actor == ann.account.id)
    }

    @Test func `another password ends all other sessions, and no token`() throws {
        let other = try installation.begin(ann.email)
        let token = try installation.token(of: ann.email, scopes: [.login])
        #expect(change(Person.password, "northern lights").status == 200)
        #expect(isAlive(ann.session))
        #expect(!isAlive(other.token.text))
        #expect(isAlive(token))
        #expect(installation.login(ann.email, Person.password).code == "invalid_credentials")
        #expect(installation.login(ann.email, "northern lights").status == 200)
        let changed = try #require(try installation.audit(.passwordChanged).first)
        #expect(changed.actor == ann.account.id && changed.account == ann.account.id)
        let ended = try installation.audit(.sessionEnded)
        #expect(ended.map(\.target) == ["\(other.session.id)"])
    }

    @Test func `a new password revokes the tokens where that is asked for`() throws {
        _ = try installation.addOrganization(slug: "other")
        let tokens = try (0..<2).map { _ in try installation.token(of: ann.email, scopes: [.login]) }
        let others = try installation.token(scopes: [.login])
        func change(_ current: String, _ new: String, _ revokes: String) -> TestAnswer {
            put(#"{"current_password": "\#(current)", "new_password": "\#(new)", "revoke_tokens": \#(revokes)}"#)
        }
        #expect(change("a wrong password", "northern lights", "true").status == 400)
        #expect(change(Person.password, "northern lights", "false").status == 200)
        #expect(tokens.allSatisfy(isAlive))
        #expect(change("northern lights", "southern lights", "true").status == 200)
        #expect(!tokens.contains(where: isAlive))
        #expect(isAlive(others) && isAlive(ann.session))
        let events = try installation.audit(.tokenRevoked)
        #expect(events.count == 2)
        #expect(events.allSatisfy { $0.actor == ann.account.id && $0.account == ann.account.id })
        #expect(put(#"{"revoke_tokens": true}"#).faults == ["/new_password required"])
        #expect(put(#"{"revoke_tokens": "yes"}"#).faults == ["/revoke_tokens wrong_type"])
        #expect(put(#"{"revoke_tokens": null}"#).status == 200)
    }

    @Test func `of two changes from the same password one wins`() throws {
        let installation = self.installation
        let sessions = try (0..<4).map { _ in try installation.begin(ann.email).token.text }
        let answers = sessions.enumerated().map { index, session in
            Background {
                let body = #"{"current_password": "\#(Person.password)", "new_password": "northern lights \#(index)"}"#
                return installation.call("PUT", "/account/me", body, token: session).status
            }
        }
        let statuses = try answers.map { try $0.value() }
        #expect(statuses.count { $0 == 200 } == 1)
        // The session of the late one may have ended, too.
        #expect(Set(statuses).subtracting([200, 400, 401]).isEmpty)
        let rightOnes = (0..<4).filter { installation.login(ann.email, "northern lights \($0)").status == 200 }
        #expect(rightOnes == statuses.indices.filter { statuses[$0] == 200 })
    }

    // MARK: After a reset

    private func reset() throws -> (password: String, session: String) {
        let answer = installation.post("/account/\(ann.id)/reset-password")
        let password = try #require(answer.string("new_password"))
        return (password, try #require(installation.login(ann.email, password).sessionToken))
    }

    @Test func `after a reset the session may only say who it is, change the password and log out`() throws {
        let (password, session) = try reset()
        #expect(installation.get("/auth/session", session).object["password_change_required"] as? Bool == true)
        for (method, path) in [
            ("GET", "/auth/verify"), ("GET", "/account/me"), ("GET", "/app/me"), ("GET", "/account"),
            ("POST", "/account/token"), ("DELETE", "/account/session"),
        ] {
            let answer = installation.call(method, path, "{}", token: session)
            #expect(answer.status == 403)
            #expect(answer.code == "password_change_required")
        }
        #expect(put(#"{"name": "Other"}"#, session: session).code == "password_change_required")
        #expect(put("{}", session: session).code == "password_change_required")
        let authorizer = installation.call("GET", "/x", token: session, variables: ["FCGI_ROLE": "AUTHORIZER"])
        #expect(authorizer.code == "password_change_required")
        #expect(change(password, "short", session: session).faults == ["/new_password too_short"])
        #expect(change(password, "northern lights", session: session).status == 200)
        #expect(installation.get("/auth/session", session).object["password_change_required"] as? Bool == false)
        #expect(installation.get("/auth/verify", session).status == 204)
        #expect(installation.call("POST", "/auth/logout", token: session).status == 200)
    }

    @Test func `after a reset the session may log out`() throws {
        let (_, session) = try reset()
        #expect(installation.call("POST", "/auth/logout", token: session).status == 200)
        #expect(!isAlive(session))
    }

    @Test func `no token goes on after a reset`() throws {
        let token = try installation.token(of: ann.email, scopes: [.login])
        let others = try installation.token(scopes: [.login])
        _ = try reset()
        #expect(installation.get("/auth/verify", token).code == "invalid_token")
        #expect(isAlive(others))
        #expect(try installation.audit(.tokenRevoked).map(\.account) == [ann.account.id])
    }
}
