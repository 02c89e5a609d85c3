import Foundation
import Identity
import TestSupport
import Testing

struct AccountsTests {
    let installation: TestInstallation
    let ann: Person
    /// An administrator of the organization.
    let admin: Person

    init() throws {
        installation = try TestInstallation()
        ann = try installation.person("ann")
        admin = try installation.person("admin", ["AppAdmin"])
    }

    private func update(_ person: Person, _ body: String, by token: String? = nil) -> TestAnswer {
        installation.call("POST", "/account/\(person.id)", body, token: token ?? admin.session)
    }

    private func isAccepted(_ token: String) -> Bool {
        installation.get("/auth/session", token).status == 200
    }

    @Test func `accounts of the organization are listed in the order in which they came`() throws {
        _ = try installation.addOrganization(slug: "other")
        try installation.addAccount("else@other.test", in: "other")
        let list = installation.get("/account", admin.session)
        #expect(Set(list.column("email")) == ["owner@example.test", "ann@example.test", "admin@example.test"])
        #expect(list.object["total_count"] as? Int == 3)
        #expect(list.rows.first?.keys.sorted().first == "email")
        #expect(
            installation.get("/account/\(ann.id)", admin.session).body
                == installation.get("/account/me", ann.session).body)
    }

    @Test func `the list is filtered by email and state`() throws {
        #expect(update(ann, #"{"state": "Inactive"}"#).status == 200)
        let inactive = installation.get("/account?state=Inactive", admin.session)
        #expect(inactive.column("email") == ["ann@example.test"])
        for email in ["ann@example.test", "ANN%40Example.test"] {
            #expect(installation.get("/account?email=\(email)", admin.session).column("id") == [ann.id])
            #expect(installation.get("/account?email=\(email)&state=Active", admin.session).rows.isEmpty)
        }
        try installation.addAccount("a+b@example.test")
        for email in ["a+b@example.test", "a%2Bb@example.test"] {
            #expect(installation.get("/account?email=\(email)", admin.session).rows.count == 1)
        }
        #expect(
            installation.get("/account?email=nobody@example.test", admin.session).object["total_count"] as? Int == 0)
    }

    @Test func `another organization's account is not found, whatever is done to it`() throws {
        _ = try installation.addOrganization(slug: "other")
        let other = try installation.person("else", in: "other")
        for (method, path) in [
            ("GET", ""), ("POST", ""), ("DELETE", ""), ("POST", "/reset-password"),
        ] {
            let unknown = installation.call(method, "/account/acct_0000000000000000\(path)", "{}", token: admin.session)
            let foreign = installation.call(method, "/account/\(other.id)\(path)", "{}", token: admin.session)
            #expect(foreign.status == 404)
            #expect(foreign.string("detail") == unknown.string("detail"))
        }
        #expect(installation.login(other.email, Person.password).status == 200)
    }

    @Test func `of an account in several organizations the others are not seen`() throws {
        let other = try installation.addOrganization(slug: "other")
        _ = try installation.service.createUser(
            of: ann.account.id, UserForm(role: .appAdmin), by: Caller(.operator(in: other.id)))
        let answer = installation.get("/account/\(ann.id)", admin.session)
        #expect((answer.object["users"] as? [[String: Any]])?.count == 1)
        #expect(answer.object["roles"] as? [String] == ["AppMember"])
        let root = try installation.person("root", ["Admin"])
        #expect((installation.get("/account/\(ann.id)", root.session).object["users"] as? [Any])?.count == 2)
        #expect(update(ann, #"{"state": "Inactive"}"#, by: root.session).status == 200)
    }

    @Test func `roles are changed, and the log says from what to what`() throws {
        let answer = update(ann, #"{"roles": ["AppGuest", "AppAdmin"]}"#)
        #expect(answer.status == 200)
        #expect(answer.object["roles"] as? [String] == ["AppGuest", "AppAdmin"])
        #expect(installation.get("/account", ann.session).status == 200)
        let event = try #require(try installation.audit(.accountRolesChanged).first)
        #expect(event.actor == admin.account.id && event.account == ann.account.id)
        #expect(event.details == ["from": "AppMember", "to": "AppGuest AppAdmin"])
        #expect(event.organization == installation.organization.id)
        #expect(update(ann, #"{"roles": ["AppAdmin", "AppGuest"]}"#).status == 200)
        #expect(try installation.audit(.accountRolesChanged).count == 1)
    }

    @Test(arguments: [
        ("AppAdmin", "AppOwner"), ("AppAdmin", "Basic"), ("AppOwner", "Developer"), ("Admin", "SuperAdmin"),
    ])
    func `nobody grants a role above their own`(_ own: String, _ wanted: String) throws {
        let actor = try installation.person("actor", [own])
        let answer = update(ann, #"{"roles": ["AppGuest", "\#(wanted)"]}"#, by: actor.session)
        #expect(answer.status == 403)
        #expect(answer.code == "role_not_grantable")
        // Not to themselves either.
        #expect(update(actor, #"{"roles": ["\#(wanted)"]}"#, by: actor.session).code == "role_not_grantable")
        #expect(installation.get("/account/me", ann.session).object["roles"] as? [String] == ["AppMember"])
    }

    @Test(arguments: [("AppAdmin", "AppOwner"), ("AppOwner", "Developer"), ("Admin", "SuperAdmin")])
    func `nobody acts on an account above their own`(_ own: String, _ theirs: String) throws {
        let actor = try installation.person("actor", [own])
        let boss = try installation.person("boss", [theirs])
        // So that it is not the last owner that protects.
        for (method, path, body) in [
            ("POST", "", #"{"roles": ["AppGuest"]}"#), ("POST", "", #"{"state": "Inactive"}"#), ("DELETE", "", "{}"),
            ("POST", "/reset-password", "{}"),
        ] {
            let answer = installation.call(method, "/account/\(boss.id)\(path)", body, token: actor.session)
            #expect(answer.status == 403)
            #expect(["forbidden", "role_not_grantable"].contains(answer.code))
        }
        #expect(isAccepted(boss.session))
        #expect(installation.login(boss.email, Person.password).status == 200)
    }

    @Test func `a scope alone gives no roles`() throws {
        let token = try installation.token(of: ann.email, scopes: [.accountsWrite])
        #expect(update(admin, #"{"state": "Inactive"}"#, by: token).code == "forbidden")
        #expect(update(ann, #"{"roles": ["AppAdmin"]}"#, by: token).code == "role_not_grantable")
    }

    @Test func `an inactive account has no sessions and tokens any more, and gets none back`() throws {
        let token = try installation.token(of: ann.email, scopes: [.login])
        #expect(isAccepted(token) && isAccepted(ann.session))
        let answer = update(ann, #"{"state": "Inactive"}"#)
        #expect(answer.status == 200)
        #expect(!isAccepted(token) && !isAccepted(ann.session))
        #expect(installation.login(ann.email, Person.password).code == "account_inactive")
        #expect(update(ann, #"{"state": "Active"}"#).status == 200)
        #expect(!isAccepted(token) && !isAccepted(ann.session))
        #expect(installation.login(ann.email, Person.password).status == 200)
        let states = try installation.audit(.accountStateChanged)
        #expect(states.map { $0.details["to"] } == ["Active", "Inactive"])
        #expect(states.allSatisfy { $0.actor == admin.account.id && $0.account == ann.account.id })
        #expect(try installation.audit(.sessionEnded).count == 1)
        #expect(try installation.audit(.tokenRevoked).count == 1)
    }

    @Test func `the last owner stays`() throws {
        let owner = "/account/\(installation.owner.id)"
        let root = try installation.person("root", ["Admin"])
        func post(_ body: String) -> TestAnswer { installation.call("POST", owner, body, token: root.session) }
        for body in [#"{"roles": ["AppAdmin"]}"#, #"{"state": "Inactive"}"#] {
            let answer = post(body)
            #expect(answer.status == 409)
            #expect(answer.code == "conflict")
        }
        #expect(installation.call("DELETE", owner, token: installation.adminToken).code == "conflict")
        let second = try installation.person("second", ["AppOwner"])
        #expect(update(second, #"{"state": "Inactive"}"#, by: installation.adminToken).status == 200)
        #expect(post(#"{"roles": ["AppAdmin"]}"#).code == "conflict")
        #expect(update(second, #"{"state": "Active"}"#, by: installation.adminToken).status == 200)
        #expect(post(#"{"roles": ["AppAdmin"]}"#).status == 200)
    }

    @Test(arguments: [
        (#"{"roles": "AppAdmin"}"#, ["/roles wrong_type"]),
        (#"{"roles": ["Root", null]}"#, ["/roles/1 wrong_type", "/roles/0 unknown_role"]),
        (#"{"state": "active"}"#, ["/state unknown_state"]), (#"{"state": true}"#, ["/state wrong_type"]),
    ])
    func `faults are told`(_ body: String, _ faults: [String]) {
        #expect(update(ann, body).faults == faults)
    }

    @Test func `a reset gives a new password once, and ends the sessions`() throws {
        let answer = installation.call("POST", "/account/\(ann.id)/reset-password", token: admin.session)
        #expect(answer.status == 200)
        let password = try #require(answer.string("new_password"))
        #expect(answer.body == #"{"new_password":"\#(password)"}"#)
        #expect(password.utf8.count == 20)
        #expect(!isAccepted(ann.session))
        #expect(installation.login(ann.email, Person.password).code == "invalid_credentials")
        #expect(installation.login(ann.email, password).status == 200)
        let event = try #require(try installation.audit(.passwordReset).first)
        #expect(event.actor == admin.account.id && event.account == ann.account.id)
        let again = installation.call("POST", "/account/\(ann.id)/reset-password", token: admin.session)
        #expect(again.string("new_password") != password)
    }

    @Test func `an erased account is gone, and the log keeps its identifier alone`() throws {
        let token = try installation.token(of: ann.email, scopes: [.login])
        let answer = installation.call("DELETE", "/account/\(ann.id)", token: admin.session)
        #expect(answer.status == 200)
        #expect(answer.body == #""ok""#)
        #expect(!isAccepted(token) && !isAccepted(ann.session))
        #expect(installation.get("/account/\(ann.id)", admin.session).status == 404)
        #expect(installation.login(ann.email, Person.password).code == "invalid_credentials")
        let log = installation.get("/app/audit?account=\(ann.id)", installation.adminToken)
        #expect(log.column("type").contains("account.erased"))
        #expect(!log.body.contains(ann.email))
        #expect(installation.call("DELETE", "/account/\(ann.id)", token: admin.session).status == 404)
        // The address is free again, for another account.
        #expect(try installation.addAccount(ann.email).id != ann.account.id)
    }
}
