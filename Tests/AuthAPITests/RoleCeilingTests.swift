import Foundation
import HTTPTypes
import Identity
import Storage
import TestSupport
import Testing

/// The rights of an API token, up to its ceiling among those of its account.
struct RoleCeilingTests {
    let installation: TestInstallation

    init() throws {
        installation = try TestInstallation()
    }

    private static let password = #""password": "northern lights""#

    private func post(_ path: String, _ body: String, _ token: String, org: String? = nil) -> TestAnswer {
        installation.call("POST", path, body, token: token, fields: org.map { ["X-Org": $0] } ?? [:])
    }

    private func roles(_ token: String) -> [String] {
        installation.get("/auth/session", token).object["roles"] as? [String] ?? []
    }

    @Test(arguments: [
        (["AppOwner"], Role.appAdmin, ["AppAdmin"]), (["AppOwner"], .appOwner, ["AppOwner"]),
        (["AppGuest", "AppAdmin"], .appMember, ["AppGuest", "AppMember"]), (["AppGuest"], .appAdmin, ["AppGuest"]),
        (["AppOwner", "SuperAdmin"], .appAdmin, ["AppAdmin"]), (["AppMember", "SuperAdmin"], .appOwner, ["AppMember"]),
        (["AppOwner", "SuperAdmin"], .basic, ["AppOwner", "Basic"]),
        (["AppMember", "SuperAdmin"], .admin, ["AppMember", "AppOwner", "Admin"]),
        (["AppMember", "Developer"], .superAdmin, ["AppMember", "Developer"]),
    ])
    func `roles above the ceiling don't count`(_ held: [String], _ ceiling: Role, _ counting: [String]) throws {
        let person = try installation.person("p", held)
        let token = try installation.token(of: person.email, scopes: [], ceiling: ceiling)
        #expect(roles(token) == counting)
        let told = installation.get("/auth/verify", token).fields.first { $0.name.rawName == "X-Auth-Roles" }
        #expect(told?.value == counting.joined(separator: ","))
        for role in Role.allCases {
            let reaches = RoleSet(counting.compactMap { Role(rawValue: $0) }).reaches(role)
            #expect(
                installation.get("/auth/verify?role=\(role.rawValue)", token).status == (reaches ? 204 : 403), "\(role)"
            )
        }
    }

    @Test func `the account's present roles count at each use`() throws {
        let ann = try installation.person("ann", ["AppMember"])
        let token = try installation.token(of: ann.email, scopes: [.register], ceiling: .appAdmin)
        func change(_ role: String) throws {
            _ = try installation.service.update(
                ann.account.id, AccountForm(roles: Role(rawValue: role).map { RoleSet([$0]) }),
                by: Caller(.operator(in: installation.organization.id)))
        }
        #expect(roles(token) == ["AppMember"])
        try change("AppOwner")
        #expect(roles(token) == ["AppAdmin"])
        try change("AppGuest")
        #expect(roles(token) == ["AppGuest"])
    }

    @Test func `an owner's token with the ceiling of an administrator is no owner in any way`() throws {
        let scopes = Scope.allCases.filter { $0 != .admin }
        for scopes in [scopes, [.admin]] {
            let boss = try installation.person("boss\(scopes.count)", ["AppOwner", "SuperAdmin"])
            let token = try installation.token(of: boss.email, scopes: scopes, ceiling: .appAdmin)
            let owner = installation.owner
            let user = try #require(owner.users.first).id
            _ = try installation.addOrganization(slug: "o\(scopes.count)")
            let fresh = "n\(scopes.count)@example.test"
            for role in ["AppOwner", "Basic", "SuperAdmin"] {
                let body = #"{"email": "\#(fresh)", \#(Self.password), "roles": ["\#(role)"]}"#
                #expect(post("/auth/register", body, token).code == "role_not_grantable", "\(role)")
                let own = #"{"name": "t", "scopes": [], "role_ceiling": "\#(role)"}"#
                #expect(post("/account/token", own, token).code == "role_not_grantable", "\(role)")
            }
            let made = post("/account/token", #"{"name": "t", "scopes": ["login", "accounts:write"]}"#, token)
            #expect(made.string("role_ceiling") == "AppAdmin")
            for (method, path, body) in [
                ("POST", "/account/\(owner.id)/reset-password", "{}"), ("DELETE", "/account/\(owner.id)", "{}"),
                ("POST", "/account/\(owner.id)", #"{"state": "Inactive"}"#),
                ("POST", "/account/\(owner.id)", #"{"roles": ["AppAdmin"]}"#),
                ("POST", "/account/\(boss.id)/reset-password", "{}"),
                ("PUT", "/app/user/\(user)", #"{"role": "AppGuest"}"#),
                ("PUT", "/app/user/\(boss.user)", #"{"user_info": {"name": "x"}}"#),
                ("POST", "/app/user/\(user)/deactivate", "{}"), ("DELETE", "/app/user/\(user)", ""),
                ("POST", "/app/organization", #"{"default_role": "AppOwner"}"#),
            ] {
                let answer = installation.call(method, path, body, token: token)
                #expect(answer.status == 403, "\(method) \(path) \(body): \(answer.body)")
            }
            #expect(installation.get("/account", token, org: "o\(scopes.count)").code == "forbidden")
            #expect(installation.get("/account/\(boss.id)", token).status == 200)
            #expect(
                post("/auth/register", #"{"email": "\#(fresh)", \#(Self.password), "roles": ["AppAdmin"]}"#, token)
                    .status == 200)
        }
    }

    @Test func `whoever opens an organization may give the role that is waiting there`() throws {
        let boss = try installation.person("boss", ["AppOwner"])
        let token = try installation.token(of: boss.email, scopes: [.organizations], ceiling: .appAdmin)
        #expect(post("/app/organization", #"{"default_role": "AppOwner"}"#, boss.session).status == 200)
        let door = #"{"auto_join_enabled": true, "email_regex": "me@evil[.]test"}"#
        #expect(post("/app/organization", door, token).code == "role_not_grantable")
        #expect(installation.get("/app/organization", token).object["auto_join_enabled"] as? Bool == false)
        // One step after the other comes to the same.
        #expect(post("/app/organization", #"{"email_regex": "me@evil[.]test"}"#, token).status == 200)
        #expect(post("/app/organization", #"{"auto_join_enabled": true}"#, token).code == "role_not_grantable")
        #expect(post("/app/organization", #"{"auto_join_enabled": true}"#, boss.session).status == 200)
        #expect(post("/app/organization", #"{"email_regex": ".*"}"#, token).code == "role_not_grantable")
        #expect(post("/app/organization", #"{"name": "N", "auto_join_enabled": true}"#, token).status == 200)
        #expect(post("/app/organization", #"{"auto_join_enabled": false}"#, token).status == 200)
    }

    @Test(arguments: [
        (["AppOwner"], "tokens", "AppMember"), (["AppAdmin"], "accounts:write", "AppAdmin"),
        (["AppOwner"], "accounts:write", "AppAdmin"), (["AppMember", "Admin"], "admin", "Admin"),
        (["AppMember", "Admin"], "login", "AppMember"), (["AppGuest", "Developer"], "login", "AppGuest"),
        (["AppOwner", "SuperAdmin"], "organizations", "AppMember"),
    ])
    func `without one a token gets the ceiling that its scopes need`(
        _ held: [String], _ scope: String, _ ceiling: String
    ) throws {
        let person = try installation.person("p", held)
        let made = post("/account/token", #"{"name": "t", "scopes": ["\#(scope)"]}"#, person.session)
        #expect(made.string("role_ceiling") == ceiling)
        #expect(installation.get("/account/token", person.session).column("role_ceiling") == [ceiling])
        let event = try #require(try installation.audit(.tokenCreated).first)
        #expect(event.details == ["scopes": scope, "role_ceiling": ceiling])
    }

    @Test(arguments: [(["AppAdmin"], "AppOwner"), (["AppOwner"], "Basic"), (["AppMember", "Admin"], "SuperAdmin")])
    func `no ceiling is above its maker's roles`(_ held: [String], _ ceiling: String) throws {
        let person = try installation.person("p", held)
        let answer = post(
            "/account/token", #"{"name": "t", "scopes": [], "role_ceiling": "\#(ceiling)"}"#, person.session)
        #expect(answer.code == "role_not_grantable")
        let unknown = post("/account/token", #"{"name": "t", "scopes": [], "role_ceiling": "Emperor"}"#, person.session)
        #expect(unknown.faults == ["/role_ceiling unknown_role"])
    }

    @Test func `a ceiling that the maker has lost meanwhile is not given`() throws {
        let ann = try installation.person("ann", ["AppOwner"])
        let maker = try #require(try installation.service.authenticate(bearer: ann.session))
        _ = try installation.service.update(
            ann.account.id, AccountForm(roles: RoleSet([.appMember])),
            by: Caller(.operator(in: installation.organization.id)))
        let form = try APITokenForm(name: "t", scopes: [], roleCeiling: .appOwner)
        #expect(throws: AuthenticationError.organizationForbidden) {
            try installation.service.createAPIToken(form, by: Caller(.principal(maker)))
        }
    }

    @Test func `an operator changes a token, and that counts at the next request`() throws {
        let made = try installation.service.createAPIToken(
            APITokenForm(name: "old", scopes: [.admin]), for: TestInstallation.ownerEmail, in: nil)
        try installation.execute(
            "UPDATE api_token SET role_ceiling = NULL WHERE id = ?", [Int64(bitPattern: made.record.id.rawValue)])
        #expect(roles(made.token.text) == ["AppOwner"])
        let before = installation.get("/auth/session", made.token.text)
        #expect((before.object["credential"] as? [String: Any])?["role_ceiling"] is NSNull)
        func powerful() throws -> [Identifier<APIToken>] {
            try installation.store.apiTokens(APITokenFilter(powerfulAt: installation.clock.now), PageRequest())
                .items.map(\.token.id)
        }
        #expect(try powerful() == [made.record.id])
        let update = try APITokenUpdate(name: "app", scopes: [.register, .login], roleCeiling: .appAdmin)
        let changed = try installation.service.updateAPIToken(made.record.id, update)
        #expect(changed.name == "app" && changed.roleCeiling == .appAdmin)
        let after = installation.get("/auth/session", made.token.text)
        #expect(after.object["roles"] as? [String] == ["AppAdmin"])
        #expect(after.object["scopes"] as? [String] == ["register", "login"])
        #expect(try powerful().isEmpty)
        _ = try installation.service.updateAPIToken(made.record.id, update)
        let events = try installation.audit(.tokenUpdated)
        #expect(
            events.map(\.details) == [
                ["changed": "name scopes role_ceiling", "scopes": "register login", "role_ceiling": "AppAdmin"]
            ])
        #expect(events.first?.account == installation.owner.id && events.first?.target == "\(made.record.id)")
        let unknown: Identifier<APIToken> = Identifier(rawValue: 1)
        #expect(throws: AuthenticationError.notFound("an API token \(unknown)")) {
            try installation.service.updateAPIToken(unknown, update)
        }
    }

    @Test func `nobody logs in to an account without a password, and its token works`() throws {
        let form = try RegistrationForm(
            withoutPassword: EmailAddress("app@example.test"), roles: [.appAdmin], name: "App")
        let account = try installation.service.createAccount(form, in: "example")
        #expect(account.roles == RoleSet([.appAdmin]))
        for password in ["", "x", "northern lights"] {
            #expect(installation.login("app@example.test", password).code == "invalid_credentials")
        }
        let token = try installation.token(of: "app@example.test", scopes: [.register, .login], ceiling: .appAdmin)
        let body = #"{"email": "\#(TestInstallation.sasha)", \#(Self.password), "roles": ["AppAdmin"]}"#
        #expect(post("/auth/register", body, token).object["roles"] as? [String] == ["AppAdmin"])
        #expect(installation.login(TestInstallation.sasha, "northern lights", token: token).status == 200)
    }
}
