import Foundation
import HTTPTypes
import Identity
import TestSupport
import Testing

/// Operations that ask for a recent login.
struct FreshnessTests {
    let installation: TestInstallation
    let boss: Person
    let ann: Person

    init() throws {
        installation = try TestInstallation { $0.allowSecondFactors() }
        boss = try installation.person("boss", ["AppOwner"])
        ann = try installation.person("ann", ["AppMember"])
    }

    private func age(_ seconds: Int64, _ methods: AuthenticationMethods = .password, factorAge: Int64? = nil) throws {
        try installation.setAuthentication(of: boss.account, methods, age: seconds, factorAge: factorAge)
    }

    private func call(_ method: String, _ path: String, _ body: String? = nil) -> TestAnswer {
        installation.call(method, path, body, token: boss.session)
    }

    @Test func `too old a login is told as RFC 9470 has it, and costs nobody the cookie`() throws {
        try age(901)
        let cookie = ["Cookie": "__Host-postern_session=\(boss.session)", "Origin": "https://auth.example"]
        let answer = installation.call("POST", "/account/\(ann.id)/reset-password", fields: cookie)
        #expect(answer.status == 401 && answer.code == "reauthentication_required")
        #expect(
            answer.fields[.wwwAuthenticate]
                == #"Bearer realm="postern", error="insufficient_user_authentication", max_age=900"#)
        #expect(answer.fields[.setCookie] == nil)
        #expect(answer.object["max_age"] as? Int == 900)
        #expect(answer.string("authenticated_at") == "2026-02-08T13:57:44Z")
        #expect(answer.object["methods"] as? [String] == ["password"])
        #expect(answer.object["factor"] == nil)
        #expect(try installation.audit(.passwordReset).isEmpty)
    }

    @Test func `a confirmed session goes on`() throws {
        try age(901)
        #expect(call("DELETE", "/account/\(ann.id)").status == 401)
        let body = #"{"method": "password", "password": "\#(Person.password)"}"#
        let token = try #require(call("POST", "/auth/confirm", body).sessionToken)
        #expect(installation.call("DELETE", "/account/\(ann.id)", token: token).status == 200)
    }

    @Test func `a stale session learns nothing that it may not do`() throws {
        try age(100_000)
        let root = try installation.person("root", ["Admin"])
        let other = try installation.addOrganization(slug: "other")
        let stranger = try installation.addAccount("x@other.test", in: other.slug)
        try installation.setAuthentication(of: ann.account, .password, age: 100_000)
        // Neither the scope nor the right.
        let bare = installation.call("DELETE", "/account/\(boss.id)", token: ann.session)
        #expect(bare.code == "insufficient_scope")
        // A caller without the right, and one with it but for the age, get the same.
        for id in [root.id, "\(stranger.id)", "acct_0000000000000000"] {
            #expect(call("DELETE", "/account/\(id)").code == "reauthentication_required")
        }
        // If the change decides, the right comes first.
        #expect(call("POST", "/account/\(root.id)", #"{"state": "Inactive"}"#).code == "forbidden")
        #expect(call("POST", "/account/\(stranger.id)", #"{"state": "Inactive"}"#).code == "not_found")
        let both = call("POST", "/account/\(ann.id)", #"{"roles": ["Admin"], "state": "Active"}"#)
        #expect(both.code == "role_not_grantable")
        #expect(call("POST", "/account/\(boss.id)", #"{"roles": ["AppGuest"]}"#).code == "forbidden")
    }

    @Test(arguments: [
        (#"{"roles": ["AppOwner"]}"#, 900), (#"{"roles": ["AppMember"]}"#, 3600), (#"{"roles": ["AppGuest"]}"#, 3600),
        (#"{"state": "Active"}"#, 900), (#"{"state": "Inactive"}"#, 86400),
        (#"{"roles": ["AppGuest"], "state": "Inactive"}"#, 3600),
        (#"{"roles": ["AppGuest"], "state": "Active"}"#, 900),
    ])
    func `the change of an account decides`(_ body: String, _ limit: Int64) throws {
        try age(limit + 1)
        let refused = call("POST", "/account/\(ann.id)", body)
        #expect(refused.code == "reauthentication_required" && refused.object["max_age"] as? Int == Int(limit))
        try age(limit)
        #expect(call("POST", "/account/\(ann.id)", body).status == 200)
    }

    @Test(arguments: [(#"{"role": "AppAdmin"}"#, 900), (#"{"role": "AppGuest"}"#, 3600)])
    func `the change of a user decides`(_ body: String, _ limit: Int64) throws {
        try age(limit + 1)
        #expect(call("PUT", "/app/user/\(ann.user)", body).code == "reauthentication_required")
        try age(limit)
        #expect(call("PUT", "/app/user/\(ann.user)", body).status == 200)
        // A name is nobody's right.
        try age(100_000)
        #expect(call("PUT", "/app/user/\(ann.user)", #"{"user_info": {"name": "A."}}"#).status == 200)
    }

    @Test(arguments: [
        (#"{"name": "N", "display_name": "M"}"#, 86400), (#"{"auto_join_enabled": true}"#, 900),
        (#"{"default_role": "AppGuest"}"#, 900), (#"{"email_regex": ".*@example[.]test"}"#, 900),
        (#"{"second_factor": "admins"}"#, 900), (#"{"name": "N", "default_role": "AppGuest"}"#, 900),
    ])
    func `the change of an organization decides`(_ body: String, _ limit: Int64) throws {
        try age(limit + 1)
        let refused = call("POST", "/app/organization", body)
        #expect(refused.code == "reauthentication_required" && refused.object["max_age"] as? Int == Int(limit))
        #expect(try installation.audit(.organizationChanged).isEmpty)
        try age(limit)
        #expect(call("POST", "/app/organization", body).status == 200)
        // Nothing is changed by it any more.
        try age(100_000)
        let again = call("POST", "/app/organization", body)
        #expect(again.status == 200 || again.code == "second_factor_enrolment_required")
    }

    @Test func `an account with a second factor must have proved it`() throws {
        try installation.addTOTP(to: boss.account)
        _ = try installation.addRecoveryCodes(to: boss.account)
        try age(0, [.password, .trustedDevice])
        let answer = call("DELETE", "/account/\(ann.id)")
        #expect(answer.code == "reauthentication_required")
        #expect(answer.object["factor"] as? Int == 2 && answer.object["max_age"] == nil)
        #expect(answer.object["methods"] as? [String] == ["totp", "recovery_code"])
        #expect(
            answer.fields[.wwwAuthenticate]
                == #"Bearer realm="postern", error="insufficient_user_authentication""#)
        // But not for a change that asks for less.
        #expect(call("POST", "/app/user/\(ann.user)/deactivate").status == 200)
        try age(0, [.password, .totp], factorAge: 901)
        #expect(call("DELETE", "/account/\(ann.id)").object["max_age"] as? Int == 900)
        try age(0, [.password, .totp], factorAge: 0)
        #expect(call("DELETE", "/account/\(ann.id)").status == 200)
    }

    @Test func `a login in the future is not recent`() throws {
        try age(-400)
        #expect(call("DELETE", "/account/\(ann.id)").code == "reauthentication_required")
        try age(-200)
        #expect(call("DELETE", "/account/\(ann.id)").status == 200)
    }

    @Test func `an operator and an API token are not asked`() throws {
        try age(100_000)
        let token = try installation.token(of: boss.email, scopes: [.accountsWrite], ceiling: .appOwner)
        #expect(installation.call("DELETE", "/account/\(ann.id)", token: token).status == 200)
        _ = try installation.service.update(boss.account.id, AccountForm(state: .inactive), by: .operator)
    }
}
