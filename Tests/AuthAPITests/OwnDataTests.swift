import Cryptography
import Foundation
import HTTPTypes
import Identity
import TestSupport
import Testing

/// All that is kept of oneself, and its erasure.
struct OwnDataTests {
    let installation: TestInstallation
    let ann: Person
    let enrolment: Enrolment

    init() throws {
        installation = try TestInstallation(
            keyring: TestInstallation.newKeyring(),
            configure: { $0.relyingParty = .init(origin: "https://auth.example.test") })
        ann = try installation.person("ann", ["AppAdmin"])
        enrolment = Enrolment(installation, ann)
    }

    @Test func `the export has everything of the account and no secret`() throws {
        let added = try enrolment.addGenerator()
        let token = try installation.token(of: ann.email, scopes: [.tokens])
        _ = installation.login(ann.email, "wrong", fields: ["X-Client-Address": "203.0.113.9"])
        _ = try installation.service.update(
            ann.account.id, AccountForm(roles: RoleSet([.appMember, .developer])),
            by: Caller(.operator(in: installation.organization.id), address: "198.51.100.1", requestID: "secret"))
        let export = installation.get("/account/me/export", ann.session)
        #expect(export.status == 200)
        let account = try #require(export.object["account"] as? [String: Any])
        #expect(account["id"] as? String == ann.id && account["email"] as? String == ann.email)
        #expect(account["state"] as? String == "Active")
        #expect((account["users"] as? [Any])?.count == 1)
        func column(_ list: String, _ name: String) -> [String] {
            (export.object[list] as? [[String: Any]] ?? []).map { $0[name] as? String ?? "-" }
        }
        #expect(column("factors", "id") == [added.id])
        #expect(export.object["recovery_codes_left"] as? Int == 10)
        #expect(column("api_tokens", "name") == ["t"])
        #expect((export.object["sessions"] as? [[String: Any]])?.map { $0["is_current"] as? Bool } == [true])
        let types = column("audit_events", "type")
        #expect(types.first == "account.roles_changed" && types.contains("factor.added"))
        #expect(export.object["has_all_audit_events"] as? Bool == true)
        // The owner sees from where somebody tried the password, but nothing of an operator.
        #expect(export.body.contains("203.0.113.9"))
        #expect(!export.body.contains("198.51.100.1") && !export.body.contains(#""secret""#))
        for secret in [token, ann.session, added.totp.secretText, "scrypt"] { #expect(!export.body.contains(secret)) }
    }

    @Test func `the export has what others have done, and nothing else of others`() throws {
        let bob = try installation.person("bob")
        _ = installation.call("POST", "/account/\(bob.id)", #"{"roles": ["AppGuest"]}"#, token: ann.session)
        let own = installation.get("/account/me/export", ann.session)
        #expect(own.body.contains(bob.id) && !own.body.contains(bob.email))
        let others = installation.get("/account/me/export", bob.session)
        #expect(others.body.contains(ann.id) && !others.body.contains(ann.email))
        #expect(!others.body.contains(TestInstallation.ownerEmail))
    }

    @Test func `the export goes beyond one page of each list`() throws {
        for _ in 0..<105 {
            try installation.store.append(
                try installation.audit().first.map { event in
                    AuditEvent(
                        id: try Identifier(random: OpenSSLRandomSource()), time: installation.clock.now,
                        kind: .accountChanged, actor: ann.account.id, credential: .none, account: ann.account.id,
                        target: nil, organization: event.organization, address: "", requestID: "", details: [:])
                }!)
        }
        let export = installation.get("/account/me/export", ann.session)
        let events = export.object["audit_events"] as? [[String: Any]] ?? []
        #expect(events.count { $0["type"] as? String == "account.changed" } == 105)
        #expect(Set(events.map { $0["id"] as? String }).count == events.count)
    }

    @Test func `both need a session that is fresh`() throws {
        installation.clock.advance(by: 901)
        #expect(installation.get("/account/me/export", ann.session).code == "reauthentication_required")
        let answer = installation.call("DELETE", "/account/me", token: ann.session)
        #expect(answer.code == "reauthentication_required" && answer.fields[.setCookie] == nil)
        #expect(installation.get("/account/me", ann.session).status == 200)
        #expect(installation.get("/account/me/export", installation.adminToken).code == "forbidden")
    }

    @Test func `somebody erases themselves, with all that belongs to the account`() throws {
        _ = try enrolment.addGenerator()
        let token = try installation.token(of: ann.email, scopes: [.tokens])
        let answer = installation.call("DELETE", "/account/me", token: ann.session)
        #expect(answer.status == 200 && answer.body == #""ok""#)
        #expect(answer.fields[.setCookie]?.contains("Max-Age=0") == true)
        for credential in [token, ann.session] { #expect(installation.get("/auth/session", credential).status == 401) }
        let connection = try installation.connection()
        for table in ["factor", "recovery_code"] {
            #expect(try connection.number("SELECT count(*) FROM \(table)") == 0)
        }
        #expect(try !connection.everything().contains(Array(ann.email.utf8)))
        let event = try #require(try installation.audit(.accountErased).first)
        #expect(event.actor == ann.account.id && event.account == ann.account.id)
    }

    @Test func `the last owner stays`() throws {
        let owner = try installation.service.login(
            email: TestInstallation.ownerEmail, password: Password(utf8: Array(TestInstallation.ownerPassword.utf8)),
            by: Caller(.anonymous)
        ).token.text
        #expect(installation.call("DELETE", "/account/me", token: owner).code == "conflict")
        _ = try installation.person("second", ["AppOwner"])
        #expect(installation.call("DELETE", "/account/me", token: owner).status == 200)
    }
}
