import Identity
import Storage
import TestSupport
import Testing

/// Rights over an account that belongs to two organizations: its home, in which it was made, and another.
struct HomeTests {
    let world: TwoOrganizations
    var installation: TestInstallation { world.installation }

    init() throws {
        world = try TwoOrganizations()
    }

    /// The acts: on the account, on its user at home, on its user elsewhere.
    private enum Act: String, CaseIterable {
        case state, password, erase
        case roleAtHome, stateAtHome, removalAtHome
        case roleElsewhere, stateElsewhere, removalElsewhere

        func request(_ account: Account) throws -> (method: String, path: String, body: String?) {
            let user = try #require(rawValue.hasSuffix("Elsewhere") ? account.users.last : account.users.first).id
            return switch self {
            case .state: ("POST", "/account/\(account.id)", #"{"state": "Inactive"}"#)
            case .password: ("POST", "/account/\(account.id)/reset-password", nil)
            case .erase: ("DELETE", "/account/\(account.id)", nil)
            case .roleAtHome, .roleElsewhere: ("PUT", "/app/user/\(user)", #"{"role": "AppGuest"}"#)
            case .stateAtHome, .stateElsewhere: ("POST", "/app/user/\(user)/deactivate", nil)
            case .removalAtHome, .removalElsewhere: ("DELETE", "/app/user/\(user)", nil)
            }
        }
    }

    /// The answers to each act, in the order of `Act`, if the account has these roles at home and elsewhere.
    private static let table: [(actor: String, roles: (String, String), answers: String)] = [
        ("home owner", ("AppMember", "AppMember"), "200 200 200   200 200 409   404 404 404"),
        ("home owner", ("AppMember", "AppOwner"), "200 200 200   200 200 409   404 404 404"),
        ("home owner", ("AppOwner", "AppMember"), "200 200 200   200 200 409   404 404 404"),
        ("home admin", ("AppMember", "AppMember"), "200 200 200   200 200 409   404 404 404"),
        ("home admin", ("AppMember", "AppOwner"), "200 200 200   200 200 409   404 404 404"),
        ("home admin", ("AppOwner", "AppMember"), "403 403 403   403 403 403   404 404 404"),
        ("home token", ("AppMember", "AppOwner"), "200 200 200   200 200 409   404 404 404"),
        ("home token", ("AppOwner", "AppMember"), "403 403 403   403 403 403   404 404 404"),
        ("foreign owner", ("AppMember", "AppMember"), "403 403 403   404 404 404   200 200 200"),
        ("foreign owner", ("AppMember", "AppOwner"), "403 403 403   404 404 404   200 200 200"),
        ("foreign owner", ("AppOwner", "AppMember"), "403 403 403   404 404 404   200 200 200"),
        ("foreign admin", ("AppMember", "AppMember"), "403 403 403   404 404 404   200 200 200"),
        ("foreign admin", ("AppMember", "AppOwner"), "403 403 403   404 404 404   403 403 403"),
        ("foreign admin", ("AppOwner", "AppMember"), "403 403 403   404 404 404   200 200 200"),
        ("foreign token", ("AppMember", "AppOwner"), "403 403 403   404 404 404   403 403 403"),
        ("foreign token", ("AppOwner", "AppMember"), "403 403 403   404 404 404   200 200 200"),
        ("root at home", ("AppOwner", "AppOwner"), "200 200 200   200 200 409   404 404 404"),
        ("root elsewhere", ("AppOwner", "AppOwner"), "200 200 200   404 404 404   200 200 200"),
    ]

    @Test func `who may act on an account, and on its users`() throws {
        for row in Self.table {
            for (act, expected) in zip(Act.allCases, row.answers.split(separator: " ")) {
                let account = try world.account(row.roles.0, row.roles.1)
                let (method, path, body) = try act.request(account)
                let answer = try world.call(method, path, body, by: row.actor)
                #expect("\(answer.status)" == expected, "\(act) by \(row.actor) on \(row.roles): \(answer.body)")
                if answer.status == 403 || answer.status == 404 {
                    #expect(try installation.store.account(account.id) == account)
                }
            }
        }
    }

    @Test func `roles on the installation are given by the home alone`() throws {
        let developers = try ["home", "example"].map {
            try installation.person("dev", ["AppOwner", "Developer"], in: $0).session
        }
        let account = try world.account("AppMember", "AppMember")
        func give(_ roles: String, by token: String) -> TestAnswer {
            installation.call("POST", "/account/\(account.id)", #"{"roles": [\#(roles)]}"#, token: token)
        }
        #expect(give(#""AppMember", "Basic""#, by: developers[1]).code == "forbidden")
        #expect(give(#""AppMember", "Basic""#, by: developers[0]).status == 200)
        #expect(give(#""AppMember""#, by: developers[1]).code == "forbidden")
        // It changes its own user only.
        #expect(give(#""AppAdmin", "Basic""#, by: developers[1]).status == 200)
        let changed = try #require(try installation.store.account(account.id))
        #expect(changed.users.map(\.roles) == [RoleSet([.appMember]), RoleSet([.appAdmin])])
    }

    @Test(arguments: ["AppAdmin", "AppOwner", "Admin", "SuperAdmin"])
    func `nobody gets around the own current password, or changes the own roles and state`(_ role: String) throws {
        let person = try installation.person("self", [role], in: "home")
        let token = try installation.token(of: person.email, scopes: [.admin])
        for credential in [person.session, token] {
            for (path, body) in [
                ("/reset-password", "{}"), ("", #"{"state": "Active"}"#), ("", #"{"roles": ["AppGuest"]}"#),
            ] {
                let answer = installation.call("POST", "/account/\(person.id)\(path)", body, token: credential)
                #expect(answer.status == 403)
                #expect(answer.code == "forbidden")
            }
        }
        #expect(installation.login(person.email, Person.password).status == 200)
    }

    @Test func `an account of elsewhere is added by who administers the installation, and is told to nobody else`()
        throws
    {
        let stranger = try installation.person("stranger", in: "home")
        let unknown = #"{"account_id": "acct_0000000000000000"}"#
        let body = #"{"account_id": "\#(stranger.id)"}"#
        for actor in ["foreign owner", "foreign admin", "foreign token"] {
            let answer = try world.call("POST", "/app/user", body, by: actor)
            #expect(answer.status == 404)
            #expect(
                answer.string("detail") == (try world.call("POST", "/app/user", unknown, by: actor)).string("detail"))
        }
        #expect(try installation.store.account(stranger.account.id) == stranger.account)
        #expect(try world.call("POST", "/app/user", body, by: "root elsewhere").status == 201)
        #expect(try world.call("POST", "/app/user", body, by: "foreign owner").code == "conflict")
        #expect(try world.call("POST", "/app/user", body, by: "home owner").code == "conflict")
    }

    @Test func `a reset by the home suspends the account elsewhere, and its owners there decide`() throws {
        let account = try world.account("AppMember", "AppOwner")
        let user = try #require(account.users.last).id
        let token = try installation.token(of: account.email.address, scopes: [.login], in: "example")
        let password = try #require(
            try world.call("POST", "/account/\(account.id)/reset-password", by: "home admin").string("new_password"))
        let events = try installation.audit(.userStateChanged)
        #expect(events.map(\.target) == ["\(user)"])
        #expect(events.first?.organization == installation.organization.id)
        #expect(events.first?.details == ["to": "Inactive", "reason": "password.reset"])
        #expect(try installation.audit(.passwordReset).first?.organization == account.home)
        #expect(installation.get("/auth/session", token).code == "invalid_token")
        let session = try #require(installation.login(account.email.address, password).sessionToken)
        let own = #"{"current_password": "\#(password)", "new_password": "northern lights"}"#
        #expect(installation.call("PUT", "/account/me", own, token: session).status == 200)
        #expect(installation.get("/app/user", session, org: "example").code == "forbidden")
        // Not by coming back in another way.
        let id = installation.organization.id
        #expect(installation.call("DELETE", "/account/organization/\(id)", token: session).code == "not_found")
        #expect(try world.call("POST", "/app/user/\(user)/activate", by: "foreign admin").code == "forbidden")
        #expect(try world.call("POST", "/app/user/\(user)/activate", by: "home owner").code == "not_found")
        #expect(try world.call("POST", "/app/user/\(user)/activate", by: "foreign owner").status == 200)
        #expect(installation.get("/app/user", session, org: "example").status == 200)
    }

    @Test(arguments: ["root at home", "root elsewhere"])
    func `a reset by who administers the installation suspends nothing`(_ actor: String) throws {
        let account = try world.account("AppMember", "AppMember")
        #expect(try world.call("POST", "/account/\(account.id)/reset-password", by: actor).status == 200)
        #expect(try installation.store.account(account.id)?.users.map(\.state) == [.active, .active])
        #expect(try installation.audit(.passwordReset).first?.organization == account.home)
    }

    @Test func `without a home only who administers the installation has rights over the account`() throws {
        let account = try world.account("AppMember", "AppMember")
        try installation.execute(
            "UPDATE account SET home_id = NULL WHERE id = ?", [Int64(bitPattern: account.id.rawValue)])
        for actor in ["home owner", "home admin", "foreign owner", "foreign admin"] {
            #expect(try world.call("POST", "/account/\(account.id)/reset-password", by: actor).code == "forbidden")
        }
        let user = try #require(account.users.first).id
        #expect(try world.call("DELETE", "/app/user/\(user)", by: "home admin").status == 200)
        #expect(try world.call("POST", "/account/\(account.id)/reset-password", by: "root elsewhere").status == 200)
    }

    @Test func `the home is where an account is registered, imported or was made first`() throws {
        let other = try installation.service.organization(named: "home")
        let token = try installation.token(of: "home-admin@home.test", scopes: [.register])
        let body = #"{"email": "new@home.test", "password": "northern lights"}"#
        #expect(installation.call("POST", "/auth/register", body, token: token).status == 200)
        #expect(try installation.service.account(named: "new@home.test").home == other.id)
        var accounts = try AccountImport(installation.service, organization: "home")
        try accounts.add(ImportForm(email: EmailAddress("old@home.test"), passwordHash: .some(nil)), number: 1)
        #expect(try accounts.finish(.allOrNothing).added == 1)
        #expect(try installation.service.account(named: "old@home.test").home == other.id)
        // Joining moves nobody.
        let open = try OrganizationForm(autoJoin: true, emailPattern: EmailPattern(".*@home[.]test"))
        _ = try installation.service.updateOrganization(
            open, by: Caller(.operator(in: installation.organization.id)))
        let person = try installation.person("joiner", in: "home")
        let path = "/account/organization/\(installation.organization.id)"
        #expect(installation.call("POST", "\(path)/join", token: person.session).status == 200)
        #expect(try world.call("POST", "/account/\(person.id)/reset-password", by: "foreign owner").code == "forbidden")
        #expect(
            try world.call("POST", "/account/\(person.id)", #"{"roles": ["AppAdmin"]}"#, by: "foreign owner").status
                == 200)
        #expect(try installation.service.account(named: person.email).home == other.id)
    }
}
