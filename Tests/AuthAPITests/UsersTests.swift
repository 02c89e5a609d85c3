import Foundation
import HTTPTypes
import Identity
import TestSupport
import Testing

struct UsersTests {
    let installation: TestInstallation
    let ann: Person
    /// An administrator of the organization.
    let admin: Person
    /// A member of another organization.
    let guest: Person

    init() throws {
        installation = try TestInstallation()
        _ = try installation.addOrganization(slug: "other")
        ann = try installation.person("ann")
        admin = try installation.person("admin", ["AppAdmin"])
        guest = try installation.person("guest", in: "other")
    }

    private func call(_ method: String, _ path: String, _ body: String? = nil, by token: String? = nil) -> TestAnswer {
        installation.call(method, "/app\(path)", body, token: token ?? admin.session)
    }

    @Test func `the own user is that of the organization that X-Org names, by slug or identifier`() throws {
        let own = installation.get("/app/me", ann.session)
        #expect(own.string("id") == ann.user)
        #expect(own.string("org_id") == "\(installation.organization.id)")
        for name in ["example", "\(installation.organization.id)"] {
            #expect(installation.get("/app/me", ann.session, org: name).body == own.body)
        }
        for name in ["other", "nowhere", "org_0000000000000000", "EXAMPLE"] {
            let answer = installation.get("/app/me", ann.session, org: name)
            #expect(answer.status == 403)
            #expect(answer.code == "forbidden")
        }
    }

    @Test func `who administers the installation acts in every organization`() throws {
        let root = try installation.person("root", ["Admin"])
        #expect(installation.get("/app/user", root.session, org: "other").column("id") == [guest.user])
        #expect(installation.get("/app/me", root.session, org: "other").code == "not_found")
        let answer = installation.call(
            "PUT", "/app/user/\(guest.user)", #"{"role": "AppOwner"}"#, token: root.session, fields: ["X-Org": "other"])
        #expect(answer.status == 200)
    }

    @Test func `without any organization nothing is done in one`() throws {
        let alone = try installation.person("alone")
        try installation.execute(
            #"DELETE FROM "user" WHERE account_id = ?"#, [Int64(bitPattern: alone.account.id.rawValue)])
        #expect(installation.get("/app/me", alone.session).code == "forbidden")
        #expect(installation.get("/app/organization", alone.session).code == "forbidden")
        let who = installation.get("/auth/session", alone.session)
        #expect(who.object["user"] is NSNull && who.object["organization"] is NSNull)
        #expect(installation.get("/auth/verify", alone.session).code == "forbidden")
    }

    @Test func `users are listed, and are those of the accounts`() throws {
        let list = call("GET", "/user")
        #expect(Set(list.column("email")) == ["owner@example.test", "ann@example.test", "admin@example.test"])
        #expect(list.rows.first?.count == 8)
        #expect(call("GET", "/user/\(ann.user)").body == installation.get("/app/me", ann.session).body)
        #expect(call("GET", "/user/\(guest.user)").code == "not_found")
    }

    @Test func `an account becomes a member`() throws {
        let root = try installation.person("root", ["Admin"])
        let made = call(
            "POST", "/user", #"{"account_id": "\#(guest.id)", "role": "AppAdmin", "user_info": {"name": "Guest G."}}"#,
            by: root.session)
        #expect(made.status == 201)
        let id = try #require(made.string("id"))
        #expect(made.fields[.location] == "user/\(id)")
        #expect(made.string("account_id") == guest.id)
        #expect(made.string("name") == "Guest G.")
        #expect(made.object["roles"] as? [String] == ["AppAdmin"])
        #expect(installation.get("/app/me", guest.session, org: "example").body == made.body)
        let event = try #require(try installation.audit(.userCreated).first)
        #expect(event.actor == root.account.id && event.account == guest.account.id && event.target == id)
        let again = call("POST", "/user", #"{"account_id": "\#(guest.id)"}"#)
        #expect(again.status == 409)
        #expect(again.code == "conflict")
    }

    @Test func `without role and name a member has the usual ones`() throws {
        let root = try installation.person("root", ["Admin"])
        let made = call("POST", "/user", #"{"account_id": "\#(guest.id)", "user_info": null}"#, by: root.session)
        #expect(made.object["roles"] as? [String] == ["AppMember"])
        #expect(made.string("name") == guest.account.name)
    }

    @Test(arguments: [
        ("{}", ["/account_id required"]), (#"{"account_id": 1}"#, ["/account_id wrong_type"]),
        (#"{"account_id": "user_0000000000000000"}"#, ["/account_id invalid_format"]),
        (
            #"{"account_id": "acct_0000000000000000", "role": "Admin", "user_info": {"name": " "}}"#,
            ["/role unknown_role", "/user_info/name required"]
        ),
        (#"{"account_id": "acct_0000000000000000", "user_info": "x"}"#, ["/user_info wrong_type"]),
        (#"{"account_id": "acct_0000000000000000", "user_info": {"name": 1}}"#, ["/user_info/name wrong_type"]),
    ])
    func `faults are told`(_ body: String, _ faults: [String]) {
        #expect(call("POST", "/user", body).faults == faults)
    }

    @Test func `nobody makes a member above their own role, or of an account above it`() throws {
        let body = #"{"account_id": "\#(guest.id)", "role": "AppOwner"}"#
        #expect(call("POST", "/user", body).code == "role_not_grantable")
        let root = try installation.person("root", ["SuperAdmin"], in: "other")
        let lesser = try installation.person("lesser", ["Admin"])
        #expect(call("POST", "/user", #"{"account_id": "\#(root.id)"}"#, by: lesser.session).code == "forbidden")
        #expect(call("POST", "/user", #"{"account_id": "acct_0000000000000000"}"#).code == "not_found")
    }

    @Test func `role and name are changed`() throws {
        let answer = call("PUT", "/user/\(ann.user)", #"{"role": "AppGuest", "user_info": {"name": "A."}}"#)
        #expect(answer.status == 200)
        #expect(answer.object["roles"] as? [String] == ["AppGuest"])
        #expect(answer.string("name") == "A.")
        // The account keeps its own name.
        #expect(installation.get("/account/me", ann.session).string("name") == ann.account.name)
        let roles = try #require(try installation.audit(.accountRolesChanged).first)
        #expect(roles.actor == admin.account.id && roles.target == ann.user)
        #expect(roles.details == ["from": "AppMember", "to": "AppGuest"])
        #expect(try installation.audit(.userChanged).map(\.target) == [ann.user])
        #expect(call("PUT", "/user/\(ann.user)", "{}").body == answer.body)
    }

    @Test func `nobody changes who is above their own role`() throws {
        let owner = try #require(installation.owner.users.first).id
        for (method, path, body) in [
            ("PUT", "/user/\(owner)", #"{"role": "AppGuest"}"#), ("POST", "/user/\(owner)/deactivate", "{}"),
            ("PUT", "/user/\(owner)", #"{"user_info": {"name": "X"}}"#),
        ] {
            #expect(call(method, path, body).code == "forbidden")
        }
        #expect(call("PUT", "/user/\(ann.user)", #"{"role": "AppOwner"}"#).code == "role_not_grantable")
        #expect(call("PUT", "/user/\(admin.user)", #"{"role": "AppOwner"}"#).code == "role_not_grantable")
    }

    @Test func `another organization's user is not found`() {
        for (method, path) in [
            ("GET", ""), ("PUT", ""), ("POST", "/activate"), ("POST", "/deactivate"),
        ] {
            #expect(call(method, "/user/\(guest.user)\(path)", "{}").code == "not_found")
        }
    }

    @Test func `the last owner stays`() throws {
        let owner = try #require(installation.owner.users.first).id
        let token = installation.adminToken
        #expect(call("POST", "/user/\(owner)/deactivate", by: token).code == "conflict")
        #expect(call("PUT", "/user/\(owner)", #"{"role": "AppAdmin"}"#, by: token).code == "conflict")
        _ = try installation.addAccount("second@example.test", roles: ["AppOwner"])
        #expect(call("PUT", "/user/\(owner)", #"{"role": "AppAdmin"}"#, by: token).status == 200)
    }

    @Test func `a user that is not active does nothing in the organization, and everything elsewhere`() throws {
        let both = try installation.addAccount("both@example.test")
        let other = try installation.service.organization(named: "other")
        _ = try installation.service.createUser(
            of: both.id, UserForm(), by: Caller(.operator(in: other.id)))
        let session = try #require(installation.login("both@example.test", Person.password).sessionToken)
        let token = try installation.token(of: "both@example.test", scopes: [.login], in: "example")
        let user = try #require(both.user(in: installation.organization.id)).id
        let answer = call("POST", "/user/\(user)/deactivate")
        #expect(answer.string("state") == "Inactive")
        #expect(installation.get("/app/me", token).code == "invalid_token")
        #expect(installation.get("/app/me", session, org: "example").code == "forbidden")
        #expect(installation.get("/app/me", session, org: "other").status == 200)
        #expect(installation.get("/app/me", session).string("org_id") == "\(other.id)")
        #expect(call("POST", "/user/\(user)/activate").string("state") == "Active")
        #expect(installation.get("/app/me", token).status == 200)
        #expect(installation.get("/app/me", session, org: "example").status == 200)
        let states = try installation.audit(.userStateChanged)
        #expect(states.map { $0.details["to"] } == ["Active", "Inactive"])
        #expect(states.allSatisfy { $0.actor == admin.account.id && $0.target == "\(user)" })
        #expect(call("POST", "/user/\(user)/activate").status == 200)
        #expect(try installation.audit(.userStateChanged).count == 2)
    }
}
