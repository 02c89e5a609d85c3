import Foundation
import TestSupport
import Testing

@testable import Identity

/// The accounts that must have a second factor.
struct SecondFactorPolicyTests {
    private static let enrolment = "second_factor_enrolment_required"

    private func installation(_ policy: SecondFactorPolicy?) throws -> TestInstallation {
        try TestInstallation { $0.allowSecondFactors(policy) }
    }

    @Test(arguments: [
        (SecondFactorPolicy.off, [] as [String]), (.optional, []),
        (.admins, ["AppAdmin", "AppOwner", "Admin", "SuperAdmin"]),
        (.required, ["AppGuest", "AppMember", "AppAdmin", "AppOwner", "Basic", "Developer", "Admin", "SuperAdmin"]),
    ])
    func `the installation's policy binds by roles`(_ policy: SecondFactorPolicy, _ bound: [String]) throws {
        let installation = try installation(policy)
        for role in Role.allCases {
            let person = try installation.person("p\(role.bit)", [role.rawValue])
            let answer = installation.get("/account/session", person.session)
            #expect(answer.code == (bound.contains(role.rawValue) ? Self.enrolment : nil), "\(role)")
            let session = installation.get("/auth/session", person.session).object
            #expect(session["second_factor_enrolment_required"] as? Bool == bound.contains(role.rawValue))
        }
        #expect(installation.get("/account", installation.adminToken).status == 200)
    }

    @Test func `a second factor meets it, and recovery codes alone do not`() throws {
        let installation = try installation(.required)
        let ann = try installation.person("ann")
        _ = try installation.addRecoveryCodes(to: ann.account)
        #expect(installation.get("/account/me", ann.session).code == Self.enrolment)
        try installation.addTOTP(to: ann.account)
        #expect(installation.get("/account/me", ann.session).status == 200)
        try installation.execute("UPDATE account SET factors = 8")
        #expect(installation.get("/account/me", ann.session).code == Self.enrolment)
        try installation.execute("UPDATE account SET factors = 4")
        #expect(installation.get("/account/me", ann.session).status == 200)
    }

    @Test func `the home's policy binds always, another organization's where one acts in it`() throws {
        let installation = try installation(.optional)
        let other = try installation.addOrganization(slug: "other")
        let ann = try installation.person("ann", ["AppAdmin"])
        installation.clock.advance(by: 1)
        _ = try installation.service.createUser(
            of: ann.account.id, UserForm(role: .appGuest), by: Caller(.operator(in: other.id)))
        func codes() -> [String?] {
            [
                installation.get("/app/me", ann.session), installation.get("/app/me", ann.session, org: "other"),
                installation.get("/auth/verify?org=example", ann.session),
                installation.get("/auth/verify?org=other", ann.session),
            ].map(\.code)
        }
        #expect(codes() == [nil, nil, nil, nil])
        try installation.setPolicy(.required, of: other)
        #expect(codes() == [nil, Self.enrolment, nil, Self.enrolment])
        try installation.setPolicy(.optional, of: other)
        // By the role at home, wherever it acts.
        try installation.setPolicy(.admins, of: installation.organization)
        #expect(codes() == [Self.enrolment, Self.enrolment, Self.enrolment, Self.enrolment])
        // If `admins` of the other one does not mean a guest.
        try installation.setPolicy(.optional, of: installation.organization)
        try installation.setPolicy(.admins, of: other)
        #expect(codes() == [nil, nil, nil, nil])
    }

    @Test func `an organization's policy has no effect where the installation's is off`() throws {
        let installation = try installation(.off)
        let ann = try installation.person("ann")
        try installation.setPolicy(.required, of: installation.organization)
        #expect(installation.get("/account/me", ann.session).status == 200)
    }

    @Test func `an administrator of the installation is bound by the organization in which it acts`() throws {
        let installation = try installation(.optional)
        let other = try installation.addOrganization(slug: "other")
        let root = try installation.person("root", ["Admin"])
        try installation.setPolicy(.admins, of: other)
        #expect(installation.get("/app/user", root.session, org: "other").code == Self.enrolment)
        #expect(installation.get("/app/user", root.session).status == 200)
    }

    @Test func `a new password comes first`() throws {
        let installation = try installation(.required)
        let ann = try installation.person("ann")
        let password = try installation.service.resetPassword(of: ann.account.id, by: .operator)
        let session = try #require(installation.login(ann.email, password).sessionToken)
        #expect(installation.get("/account/me", session).code == "password_change_required")
        let state = installation.get("/auth/session", session).object
        #expect(state["password_change_required"] as? Bool == true)
        #expect(state["second_factor_enrolment_required"] as? Bool == true)
        let body = #"{"current_password": "\#(password)", "new_password": "northern lights over tromso"}"#
        #expect(installation.call("PUT", "/account/me", body, token: session).status == 200)
        #expect(installation.get("/account/me", session).code == Self.enrolment)
    }

    @Test func `a policy that was reloaded is told at once`() throws {
        let installation = try installation(.optional)
        let ann = try installation.person("ann")
        func told(_ policy: SecondFactorPolicy?) throws -> Bool? {
            var service = installation.service
            service.secondFactorPolicy = policy
            let principal = try #require(try service.authenticate(bearer: ann.session))
            return try service.obligations(of: principal).contains(.secondFactorEnrolment)
        }
        #expect(try told(.optional) == false)
        #expect(try told(.required) == true)
        #expect(try told(.off) == false)
        #expect(try told(nil) == false)
    }

    // MARK: Stored defaults

    @Test func `a new database has its defaults, and one of an older version has none`() throws {
        let installation = try installation(nil)
        #expect(try installation.store.assuranceDefaults() == .ofNew)
        #expect(try installation.service.installationPolicy() == .optional)
        #expect(try installation.service.isFreshnessOn())

        let older = try self.installation(nil)
        try older.execute("DELETE FROM meta")
        #expect(try older.store.assuranceDefaults() == .ofOlder)
        let boss = try older.person("boss", ["AppOwner"])
        let ann = try older.person("ann")
        try older.setPolicy(.required, of: older.organization)
        #expect(older.get("/account/me", ann.session).status == 200)
        try older.setAuthentication(of: boss.account, .password, age: 100_000)
        #expect(older.call("DELETE", "/account/\(ann.id)", token: boss.session).status == 200)
    }

    @Test func `the defaults are read once, and for API tokens never`() throws {
        let installation = try installation(nil)
        try installation.execute("ALTER TABLE meta RENAME TO other_meta")
        #expect(installation.get("/account/me", installation.adminToken).status == 200)
        #expect(installation.get("/account/me", try installation.person("ann").session).status >= 500)
        try installation.execute("ALTER TABLE other_meta RENAME TO meta")
        #expect(installation.get("/account/me", try installation.person("bob").session).status == 200)
        try installation.execute("ALTER TABLE meta RENAME TO other_meta")
        #expect(installation.get("/account/me", try installation.person("cid").session).status == 200)
        try installation.execute("ALTER TABLE other_meta RENAME TO meta")
    }

    // MARK: The organization's policy

    @Test func `an organization's policy is shown and changed, and never off`() throws {
        let installation = try installation(.optional)
        let boss = try installation.person("boss", ["AppOwner"])
        try installation.addTOTP(to: boss.account)
        try installation.setAuthentication(of: boss.account, [.password, .totp], factorAge: 0)
        func change(_ value: String) -> TestAnswer {
            installation.call("POST", "/app/organization", #"{"second_factor": \#(value)}"#, token: boss.session)
        }
        #expect(installation.get("/app/organization", boss.session).string("second_factor") == "optional")
        #expect(change(#""required""#).string("second_factor") == "required")
        #expect(try installation.audit(.organizationChanged).first?.details == ["changed": "second_factor"])
        for value in [#""off""#, #""all""#, #""""#] { #expect(change(value).faults == ["/second_factor out_of_range"]) }
        #expect(change("true").faults == ["/second_factor wrong_type"])
        #expect(change("null").string("second_factor") == "required")
    }
}
