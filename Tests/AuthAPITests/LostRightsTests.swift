import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import Identity

/// The end of credentials whose account loses rights.
struct LostRightsTests {
    let installation: TestInstallation

    init() throws {
        installation = try TestInstallation()
    }

    private func makeToken(_ session: String, _ scopes: [String]) throws -> String {
        let body = #"{"name": "t", "scopes": [\#(scopes.map { "\"\($0)\"" }.joined(separator: ", "))]}"#
        let made = installation.call("POST", "/account/token", body, token: session)
        #expect(made.status == 201)
        return try #require(made.string("token"))
    }

    @Test func `who is demoted keeps no token that could do more`() throws {
        let ann = try installation.person("ann", ["AppOwner"])
        let strong = try makeToken(ann.session, ["organizations", "audit:read", "tokens"])
        let managing = try makeToken(ann.session, ["accounts:read"])
        let weak = try makeToken(ann.session, ["tokens"])
        let programs = try installation.token(of: ann.email, scopes: [.login, .register])
        let admin = try installation.token(of: ann.email, scopes: [.admin])
        func alive() -> [Bool] {
            [strong, managing, weak, programs, admin].map { installation.get("/auth/session", $0).status == 200 }
        }
        func demote(_ role: String) throws {
            let path = "/app/user/\(ann.user)"
            #expect(
                installation.call("PUT", path, #"{"role": "\#(role)"}"#, token: installation.adminToken).status == 200)
        }
        #expect(alive() == [true, true, true, true, true])
        try demote("AppAdmin")
        #expect(alive() == [false, true, true, true, false])
        #expect(try installation.audit(.tokenRevoked).count == 2)
        try demote("AppGuest")
        #expect(alive() == [false, false, false, true, false])
        try demote("AppOwner")
        #expect(alive() == [false, false, false, true, false])
    }

    @Test func `roles of the installation count the same`() throws {
        let bob = try installation.person("bob", ["AppMember", "Admin"])
        let token = try makeToken(bob.session, ["organizations"])
        let body = #"{"roles": ["AppMember"]}"#
        let owner = try installation.person("root", ["AppOwner", "SuperAdmin"])
        #expect(installation.call("POST", "/account/\(bob.id)", body, token: owner.session).status == 200)
        #expect(installation.get("/auth/session", token).status == 401)
    }

    @Test func `an update that names no role in the organization leaves those there`() throws {
        let bob = try installation.person("bob", ["AppAdmin"])
        for roles in [[], RoleSet([.basic])] {
            let changed = try installation.service.update(
                bob.account.id, AccountForm(roles: roles),
                by: Caller(.operator(in: installation.organization.id)))
            #expect(changed.users.map(\.roles) == [RoleSet([.appAdmin])])
        }
    }

    @Test func `roles in an organization to which the account does not belong are refused`() throws {
        _ = try installation.addOrganization(slug: "other")
        let eve = try installation.person("eve", ["AppMember"], in: "other")
        let root = try installation.person("root", ["AppOwner", "SuperAdmin"])
        let answer = installation.call(
            "POST", "/account/\(eve.id)", #"{"roles": ["AppOwner", "Developer"]}"#, token: root.session)
        #expect(answer.status == 400)
        #expect(answer.faults == ["/roles out_of_range"])
        #expect(try installation.service.account(named: eve.email).roles == RoleSet([.appMember]))
    }

    @Test func `verification needs a membership, and looks the role up where the server says`() throws {
        installation.clock.advance(by: 1)
        let other = try installation.addOrganization(slug: "other")
        let ann = try installation.person("ann", ["AppMember"])
        installation.clock.advance(by: 1)
        _ = try installation.service.createUser(
            of: ann.account.id, UserForm(role: .appAdmin), by: Caller(.operator(in: other.id)))
        #expect(installation.get("/auth/verify?role=AppAdmin&org=example", ann.session).status == 403)
        #expect(installation.get("/auth/verify?role=AppAdmin&org=example", ann.session, org: "other").status == 403)
        #expect(installation.get("/auth/verify?role=AppAdmin&org=other", ann.session).status == 204)
        #expect(installation.get("/auth/verify?org=nowhere", ann.session).status == 403)
        func authorize(_ variables: [String: String]) -> Int {
            installation.call(
                "GET", "", token: ann.session, fields: ["X-Org": "other"],
                variables: ["FCGI_ROLE": "AUTHORIZER", "REQUEST_URI": "/"].merging(variables) { $1 }
            ).status
        }
        #expect(authorize(["POSTERN_REQUIRED_ROLE": "AppAdmin", "POSTERN_REQUIRED_ORG": "example"]) == 403)
        #expect(authorize(["POSTERN_REQUIRED_ROLE": "AppAdmin", "POSTERN_REQUIRED_ORG": "other"]) == 200)
        for user in try installation.service.account(named: ann.email).users {
            _ = try installation.service.set(.inactive, of: user.id, by: Caller(.operator(in: user.organization)))
        }
        #expect(installation.get("/auth/verify", ann.session).status == 403)
        #expect(authorize([:]) == 403)
    }

    @Test func `an entry about an account is in the log of its own organization`() throws {
        let other = try installation.addOrganization(slug: "other")
        let eve = try installation.person("eve", ["AppMember"], in: "other")
        let root = try installation.person("root", ["AppOwner", "SuperAdmin"])
        func logged(_ kind: AuditEvent.Kind) throws -> [Identifier<Organization>?] {
            try installation.audit(kind).filter { $0.account == eve.account.id }.map(\.organization)
        }
        #expect(
            installation.call("POST", "/account/\(eve.id)", #"{"state": "Inactive"}"#, token: root.session).status
                == 200)
        #expect(try logged(.accountStateChanged) == [other.id])
        _ = try installation.service.update(eve.account.id, AccountForm(state: .active), by: .operator)
        #expect(try logged(.accountStateChanged) == [other.id, other.id])
        #expect(throws: AuthenticationError.invalidCredentials(account: eve.account.id)) {
            try installation.service.login(
                email: eve.email, password: Password(utf8: Array("wrong".utf8)), by: Caller(.anonymous))
        }
        #expect(try logged(.loginFailed) == [other.id])
        try installation.service.erase(eve.account.id, by: .operator)
        #expect(try logged(.accountErased) == [other.id])
    }

    @Test(arguments: [
        "a{9223372036854775807}", "(a?a?a?a?a?a?a?a?a?a?){255}", "((a|a?|.*){120}x){9}", "a{255}{255}",
        "((((((((a{9}){9}){9}){9}){9}){9}){9}){9}){9}", "(((((((((((((((((a)))))))))))))))))",
        "a++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++",
    ])
    func `an expression that would cost much is refused, and one that is stored matches nobody`(_ pattern: String) {
        let answer = installation.post("/app/organization", #"{"email_regex": "\#(pattern)"}"#)
        #expect(answer.status == 400)
        #expect(answer.faults == ["/email_regex invalid_format"])
        let stored = EmailPattern(stored: pattern)
        #expect(EmailAddress("a@b.test").map(stored.matches) == false)
    }

    @Test func `what is meant by a backslash is said where one is refused`() {
        for pattern in [#"\\d+@x"#, #"[^\\s@]+@x"#] {
            let answer = installation.post("/app/organization", #"{"email_regex": "\#(pattern)"}"#)
            let errors = answer.object["errors"] as? [[String: Any]]
            #expect((errors?.first?["detail"] as? String)?.contains("write [0-9] for") == true)
        }
    }

    @Test(arguments: [
        #"[a-z]+[.][a-z]+@([a-z0-9-]+[.])+example[.]test"#, ".*@example[.]test", "[^@]{1,40}@example[.]test",
    ])
    func `an expression that people write is accepted`(_ pattern: String) throws {
        let address = try #require(EmailAddress("ann.lee@a.example.test") ?? nil)
        #expect(try EmailPattern(pattern).text == pattern)
        _ = try EmailPattern(pattern).matches(address)
    }
}
