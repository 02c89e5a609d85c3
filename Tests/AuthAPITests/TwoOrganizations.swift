import Identity
import TestSupport
import Testing

/// An installation with two organizations, and the people in them.
struct TwoOrganizations {
    let installation: TestInstallation
    /// By name, with the organization in which each acts.
    let actors: [String: (token: String, org: String)]

    init(_ given: TestInstallation? = nil) throws {
        installation = try given ?? TestInstallation()
        _ = try installation.addOrganization(slug: "home")
        var actors: [String: (token: String, org: String)] = [:]
        for (place, org) in [("home", "home"), ("foreign", "example")] {
            let owner = try installation.person("\(place)-owner", ["AppOwner"], in: org)
            actors["\(place) owner"] = (owner.session, org)
            actors["\(place) admin"] = (try installation.person("\(place)-admin", ["AppAdmin"], in: org).session, org)
            actors["\(place) token"] = (
                try installation.token(of: owner.email, scopes: [.admin], ceiling: .appAdmin, in: org), org
            )
        }
        let root = try installation.person("root", ["AppMember", "Admin"]).session
        actors["root at home"] = (root, "home")
        actors["root elsewhere"] = (root, "example")
        self.actors = actors
        // Whatever is joined from now on is no account's oldest organization.
        installation.clock.advance(by: 1)
    }

    /// An account with a role in its home and one in the other organization.
    func account(_ home: String, _ foreign: String) throws -> Account {
        let name = "p\(UInt64.random(in: 0...UInt64.max))@home.test"
        let account = try installation.addAccount(name, password: Person.password, roles: [home], in: "home")
        installation.clock.advance(by: 1)
        _ = try installation.service.createUser(
            of: account.id, UserForm(role: Role(rawValue: foreign)),
            by: Caller(.operator(in: installation.organization.id)))
        return try installation.service.account(named: name)
    }

    func call(
        _ method: String, _ path: String, _ body: String? = nil, by actor: String
    ) throws -> TestAnswer {
        let (token, org) = try #require(actors[actor])
        return installation.call(method, path, body, token: token, fields: ["X-Org": org])
    }
}
