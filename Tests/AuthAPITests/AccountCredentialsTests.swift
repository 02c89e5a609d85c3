import Foundation
import HTTPTypes
import Identity
import TestSupport
import Testing

/// Sessions and API tokens of an account, for its administrators.
struct AccountCredentialsTests {
    let installation: TestInstallation
    let ann: Person
    /// An administrator of the organization.
    let admin: Person

    init() throws {
        installation = try TestInstallation()
        ann = try installation.person("ann")
        admin = try installation.person("admin", ["AppAdmin"])
    }

    private func makeToken(of person: Person, in organization: String? = nil) throws
        -> AuthenticationService.NewAPIToken
    {
        let form = try APITokenForm(name: "t", scopes: [.tokens])
        return try installation.service.createAPIToken(form, for: person.email, in: organization)
    }

    private func delete(_ path: String, by token: String? = nil) -> TestAnswer {
        installation.call("DELETE", "/account/\(path)", token: token ?? admin.session)
    }

    private func isAlive(_ token: String) -> Bool { installation.get("/auth/session", token).status == 200 }

    @Test func `an administrator sees what the owner sees`() throws {
        _ = try makeToken(of: ann)
        let sessions = installation.get("/account/\(ann.id)/session", admin.session)
        let own = installation.get("/account/session", ann.session)
        #expect(sessions.status == 200)
        #expect(sessions.column("id") == own.column("id"))
        #expect(sessions.rows.first?["is_current"] as? Bool == false)
        #expect(sessions.rows.first?.keys.sorted() == own.rows.first?.keys.sorted())
        #expect(
            installation.get("/account/\(ann.id)/token", admin.session).body
                == installation.get("/account/token", ann.session).body)
        let mine = installation.get("/account/\(admin.id)/session", admin.session)
        #expect(mine.rows.map { $0["is_current"] as? Bool } == [true])
        for _ in 0..<3 { _ = try installation.begin(ann.email) }
        let page = installation.get("/account/\(ann.id)/session?page_size=3", admin.session)
        #expect(page.rows.count == 3)
        #expect(page.object["total_count"] as? Int == 4)
    }

    @Test func `one session ends, and is refused at the next request`() throws {
        let other = try installation.begin(ann.email)
        let answer = delete("\(ann.id)/session/\(other.session.id)")
        #expect(answer.status == 200)
        #expect(answer.body == "\"ok\"")
        #expect(answer.fields[.setCookie] == nil)
        #expect(!isAlive(other.token.text) && isAlive(ann.session))
        let event = try #require(try installation.audit(.sessionEnded).first)
        #expect(event.actor == admin.account.id && event.account == ann.account.id)
        #expect(event.target == "\(other.session.id)")
        #expect(delete("\(ann.id)/session/\(other.session.id)").code == "not_found")
    }

    @Test func `all sessions end`() throws {
        let others = try (0..<3).map { _ in try installation.begin(ann.email).token.text }
        #expect(delete("\(ann.id)/session").body == "\"ok\"")
        #expect(!(others + [ann.session]).contains(where: isAlive))
        #expect(isAlive(admin.session))
        #expect(try installation.audit(.sessionEnded).count == 4)
        #expect(delete("\(ann.id)/session").status == 200)
        #expect(try installation.audit(.sessionEnded).count == 4)
    }

    @Test func `tokens are revoked one by one, or all`() throws {
        let tokens = try (0..<3).map { _ in try makeToken(of: ann) }
        #expect(delete("\(ann.id)/token/\(tokens[0].record.id)").body == "\"ok\"")
        #expect(tokens.map { isAlive($0.token.text) } == [false, true, true])
        #expect(delete("\(ann.id)/token/\(tokens[0].record.id)").code == "not_found")
        let event = try #require(try installation.audit(.tokenRevoked).first)
        #expect(event.actor == admin.account.id && event.account == ann.account.id)
        #expect(event.target == "\(tokens[0].record.id)")
        #expect(delete("\(ann.id)/token").status == 200)
        #expect(!tokens.contains { isAlive($0.token.text) })
        #expect(isAlive(ann.session))
        #expect(try installation.audit(.tokenRevoked).count == 3)
    }

    @Test func `what is another account's is not found at this one`() throws {
        let bob = try installation.person("bob")
        let (session, token) = (try installation.begin(bob.email), try makeToken(of: bob))
        for path in ["session/\(session.session.id)", "token/\(token.record.id)"] {
            #expect(delete("\(ann.id)/\(path)").code == "not_found")
        }
        for path in ["session/x", "session/\(token.record.id)", "token/\(token.record.tokenHash)", "token/x"] {
            #expect(delete("\(bob.id)/\(path)").code == "not_found")
        }
        #expect(isAlive(session.token.text) && isAlive(token.token.text))
    }

    @Test func `who ends the own session has its cookie cleared`() throws {
        let id = try #require(installation.get("/account/session", admin.session).column("id").first)
        let answer = delete("\(admin.id)/session/\(id)")
        #expect(answer.fields[.setCookie]?.hasPrefix("__Host-postern_session=;") == true)
        #expect(!isAlive(admin.session))
        let again = try installation.begin(admin.email)
        #expect(delete("\(admin.id)/session", by: again.token.text).fields[.setCookie] != nil)
    }

    @Test(arguments: [("GET", "session"), ("DELETE", "session"), ("GET", "token"), ("DELETE", "token")])
    func `nobody does it to an account above their own, or to one of another organization`(
        _ method: String, _ list: String
    ) throws {
        _ = try installation.addOrganization(slug: "other")
        let stranger = try installation.person("else", in: "other")
        let tokens = [try makeToken(of: stranger), try makeToken(of: ann)]
        func call(_ id: String, by token: String) -> TestAnswer {
            installation.call(method, "/account/\(id)/\(list)", token: token)
        }
        #expect(call("\(installation.owner.id)", by: admin.session).code == "forbidden")
        #expect(call(stranger.id, by: admin.session).code == "not_found")
        #expect(call(stranger.id, by: installation.adminToken).code == "not_found")
        #expect(call("acct_0000000000000000", by: admin.session).code == "not_found")
        // A scope alone gives no rights.
        let scopes = try installation.token(of: ann.email, scopes: [.accountsRead, .accountsWrite])
        #expect(call(admin.id, by: scopes).code == "forbidden")
        #expect(isAlive(stranger.session) && isAlive(installation.adminToken))
        #expect(tokens.allSatisfy { isAlive($0.token.text) })
        let root = try installation.person("root", ["Admin"])
        #expect(call(stranger.id, by: root.session).status == 200)
    }

    @Test func `an admin token of an owner shows its own organization alone`() throws {
        let other = try installation.addOrganization(slug: "other")
        let stranger = try installation.person("else", ["AppOwner"], in: "other")
        _ = try installation.service.createUser(
            of: ann.account.id, UserForm(role: .appGuest), by: Caller(.operator(in: other.id)))
        let hidden = try makeToken(of: ann, in: "other")
        let token = installation.adminToken
        for path in ["/account", "/account/\(ann.id)", "/app/user", "/app/audit", "/app/organization"] {
            let answer = installation.get(path, token)
            #expect(answer.status == 200, "\(path)")
            for foreign in ["\(other.id)", stranger.id, stranger.email, "\(hidden.record.id)"] {
                #expect(!answer.body.contains(foreign), "\(path) \(foreign)")
            }
            #expect(installation.get(path, token, org: "other").code == "forbidden", "\(path)")
        }
        let tokens = installation.get("/account/\(ann.id)/token", token)
        #expect(!tokens.body.contains("\(hidden.record.id)"))
        for path in ["", "/session", "/token"] {
            #expect(installation.get("/account/\(stranger.id)\(path)", token).code == "not_found")
        }
        let root = try installation.person("root", ["Admin"])
        let all = installation.get("/account/\(ann.id)/token", root.session)
        #expect(all.column("id") == ["\(hidden.record.id)"])
    }
}
