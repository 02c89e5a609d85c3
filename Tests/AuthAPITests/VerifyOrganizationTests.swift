import Foundation
import HTTPTypes
import InMemoryLogging
import Logging
import TestSupport
import Testing

@testable import Identity

/// The organization in which a web server asks for a role, if there are several.
struct VerifyOrganizationTests {
    let installation: TestInstallation
    let other: Organization
    /// A member here, who owns the other organization.
    let ann: Person

    init() throws {
        installation = try TestInstallation()
        ann = try installation.person("ann", ["AppMember"])
        // Whatever is joined from now on is not the oldest.
        installation.clock.advance(by: 1)
        other = try installation.addOrganization(slug: "other")
        _ = try installation.service.createUser(
            of: ann.account.id, UserForm(role: .appOwner), by: Caller(.operator(in: other.id)))
    }

    private struct Answers {
        let verify: TestAnswer
        let authorizer: TestAnswer
        var both: [TestAnswer] { [verify, authorizer] }
        var statuses: [Int] { both.map(\.status) }
    }

    /// The answers to both ways in which a web server asks, with fields that the client may send along.
    private func answers(
        role: String? = nil, org: String? = nil, by token: String? = nil, fields: [String: String] = [:]
    ) -> Answers {
        let query = [role.map { "role=\($0)" }, org.map { "org=\($0)" }].compactMap(\.self).joined(separator: "&")
        var variables = ["FCGI_ROLE": "AUTHORIZER", "REQUEST_URI": "/reports/?role=AppGuest&org=other"]
        if let role { variables["POSTERN_REQUIRED_ROLE"] = role }
        if let org { variables["POSTERN_REQUIRED_ORG"] = org }
        let token = token ?? ann.session
        return Answers(
            verify: installation.call("GET", "/auth/verify?\(query)", token: token, fields: fields),
            authorizer: installation.call("GET", "", token: token, fields: fields, variables: variables))
    }

    /// The fields that a web server is told, without the prefix of their names.
    private func told(_ answer: TestAnswer) -> [String: String] {
        var told: [String: String] = [:]
        for field in answer.fields {
            let name = field.name.canonicalName.replacing("variable-auth_", with: "x-auth-")
            if name.hasPrefix("x-auth-") { told[String(name.dropFirst("x-auth-".count))] = field.value }
        }
        return told
    }

    @Test(arguments: [[:], ["X-Org": "other"], ["X_Org": "other"], ["X-Org": "nowhere"], ["X-Org": ""]])
    func `a client does not choose where its role is looked up`(_ fields: [String: String]) {
        for role in ["AppGuest", "AppOwner"] {
            let answers = answers(role: role, fields: fields)
            #expect(answers.statuses == [400, 500])
            #expect(answers.verify.queryFaults == ["org required"])
            #expect(answers.both.allSatisfy { told($0).isEmpty })
        }
        let messages = installation.logs.entries.filter { $0.level == .error }.map { "\($0.message)" }
        #expect(messages.count == 2)
        #expect(
            messages.allSatisfy { $0.hasSuffix("needs POSTERN_REQUIRED_ORG, since there are several organizations") })
        let here = answers(role: "AppOwner", org: "example", fields: fields)
        #expect(here.statuses == [403, 403])
        let there = answers(role: "AppOwner", org: "other", fields: fields)
        #expect(there.statuses == [204, 200])
        for answer in there.both {
            #expect(told(answer)["org"] == "\(other.id)")
            #expect(told(answer)["roles"] == "AppOwner")
        }
    }

    @Test func `without a role and an organization nothing of any organization is told`() throws {
        let token = try installation.token(of: ann.email, scopes: [])
        for credential in [ann.session, token] {
            let answers = answers(by: credential, fields: ["X-Org": "other"])
            #expect(answers.statuses == [204, 200])
            for answer in answers.both {
                #expect(told(answer) == ["account": ann.id, "email": ann.email])
            }
        }
        let root = try installation.person("root", ["Admin"])
        for answer in answers(by: root.session).both {
            #expect(told(answer) == ["account": root.id, "email": root.email, "roles": "Admin"])
        }
    }

    @Test func `an organization alone is told with its roles, to its members only`() throws {
        for answer in answers(org: "example").both {
            #expect(told(answer)["org"] == "\(installation.organization.id)")
            #expect(told(answer)["roles"] == "AppMember")
            #expect(told(answer)["user"] == ann.user)
        }
        let stranger = try installation.person("bob", ["AppOwner"], in: "other")
        let refused = answers(org: "example", by: stranger.session)
        #expect(refused.statuses == [403, 403])
        let token = try installation.token(of: ann.email, scopes: [.admin], in: "other")
        let ofOther = answers(org: "example", by: token)
        #expect(ofOther.statuses == [403, 403])
    }

    @Test func `a role on the installation needs no organization`() throws {
        let root = try installation.person("root", ["Admin"])
        #expect(answers(role: "Admin", by: root.session).statuses == [204, 200])
        let refused = answers(role: "Admin")
        #expect(refused.statuses == [403, 403])
        // An owner everywhere, but nobody says where.
        #expect(answers(role: "AppOwner", by: root.session).verify.status == 400)
        #expect(answers(role: "AppOwner", org: "other", by: root.session).verify.status == 204)
    }

    @Test func `the only organization needs no name, until there is a second one`() throws {
        let installation = try TestInstallation()
        let bob = try installation.person("bob", ["AppAdmin"])
        for fields in [[:], ["X-Org": "nowhere"]] {
            let answer = installation.call("GET", "/auth/verify?role=AppAdmin", token: bob.session, fields: fields)
            #expect(answer.status == 204)
            #expect(told(answer)["org"] == "\(installation.organization.id)")
        }
        // By another process.
        try installation.execute(
            "INSERT INTO organization (id, slug, name, created_at) VALUES (1, 'second', 'Second', 0)")
        #expect(installation.get("/auth/verify?role=AppAdmin", bob.session).status == 400)
        #expect(told(installation.get("/auth/verify", bob.session)) == ["account": bob.id, "email": bob.email])
        try installation.execute("DELETE FROM organization WHERE id = 1")
        #expect(installation.get("/auth/verify?role=AppAdmin", bob.session).status == 204)
    }
}
