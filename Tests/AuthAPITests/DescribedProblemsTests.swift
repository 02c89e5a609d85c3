import Foundation
import HTTPTypes
import Identity
import TestSupport
import Testing

@testable import AuthAPI
@testable import HTTP

/// The description lists nothing that can't be answered. Every test that makes a call sees that it lists all that is
/// answered: see `DescribedAnswers`.
struct DescribedProblemsTests {
    @Test func `what may be answered whatever is asked for comes from nginx, or from a program that could not start`()
        throws
    {
        let map = try #require(
            try Repository.text("nginx/snippets/postern-maps.conf").firstMatch(
                of: #/map \$status \$postern_problem_code \{\n([^}]*)\}/#))
        let fromNginx = try map.1.split(separator: "\n").map { line in
            let code = try #require(line.split(separator: " ").last?.dropLast())
            return try #require(Problem.Code(rawValue: String(code)))
        }
        #expect(fromNginx.count == 10)
        // Paths that are no route, or not for this client.
        let ofPaths: Set<Problem.Code> = [.notFound, .methodNotAllowed, .forbidden]
        let notStarted = Unavailable(requestIDs: RequestIDs(seed: 1)).answer(.malformed(.method, [:])).response()
        #expect(notStarted.status == Problem.Code.unavailable.status)
        #expect(Endpoint.problemsAnywhere == Set(fromNginx).subtracting(ofPaths).union([.unavailable]))
    }

    @Test(arguments: AuthorizationTests.table)
    func `a route answers all that it has in the description`(_ row: AuthorizationTests.Row) throws {
        let endpoint = try #require(Endpoint.all.first { $0.key == row.testDescription })
        let answers = try Provocations(of: row).answers()
        let seen = Set(answers.compactMap(\.code))
        let own = endpoint.problems.subtracting(Endpoint.problemsAnywhere)
        let unseen = own.map(\.rawValue).filter { !seen.contains($0) }
        #expect(unseen.isEmpty, "\(row) never answers \(unseen.sorted())")
        let success = endpoint.status.code
        #expect(answers.contains { $0.status == success }, "\(row) never answers \(success)")
    }
}

/// Calls of one route that go wrong in all the ways that it has.
private struct Provocations {
    let row: AuthorizationTests.Row
    let callers: Callers
    var installation: TestInstallation { callers.installation }

    init(of row: AuthorizationTests.Row) throws {
        self.row = row
        callers = try Callers()
    }

    func answers() throws -> [TestAnswer] {
        try refused() + misread() + unassured() + ofItsOwn()
            + ["adm", "Own", "Sup"].map { try callers.call(row, by: caller($0)) }
    }

    private func caller(_ kind: String) throws -> Callers.Caller { try #require(callers.kinds[kind]?.first) }

    /// For the sake of the caller and its address.
    private func refused() throws -> [TestAnswer] {
        var elsewhere = try caller("adm")
        elsewhere.organization = "third"
        let session = try #require(try caller("Own").token)
        let cookie = ["Cookie": "__Host-postern_session=\(session)", "Sec-Fetch-Site": "cross-site"]
        return try ["no", "bad", "cli", "chg"].map { try callers.call(row, by: caller($0)) }
            + [callers.call(row, by: elsewhere), installation.call(row.method, row.path, fields: cookie)]
    }

    /// For the sake of the assurance that a session gives.
    private func unassured() throws -> [TestAnswer] {
        // Callers of one's own, since the route may have erased the others.
        let owner = try callerOfItsOwn("unenrolled", "AppOwner")
        let root = try callerOfItsOwn("stale", "SuperAdmin")
        try installation.setPolicy(.required, of: installation.organization)
        let unenrolled = try callers.call(row, by: owner)
        try installation.setPolicy(.optional, of: installation.organization)
        let moment = installation.clock.now.secondsSince1970
        try installation.connection().execute("UPDATE session SET authenticated_at = \(moment - 100_000)")
        // A name that is there already would be no change.
        try installation.execute("UPDATE organization SET name = 'Example'")
        let stale = try callers.call(row, by: root)
        try installation.connection().execute("UPDATE session SET authenticated_at = \(moment)")
        return [unenrolled, stale]
    }

    private func callerOfItsOwn(_ name: String, _ role: String) throws -> Callers.Caller {
        let person = try installation.person(name, [role])
        return Callers.Caller(token: person.session, email: person.email)
    }

    /// A session's confirmation, with an address for browsers and without one.
    private func confirmations() throws -> [TestAnswer] {
        try [true, false].flatMap { hasAddress in
            let installation = try TestInstallation { service in
                service.allowSecondFactors()
                if !hasAddress { service.relyingParty = nil }
            }
            let (ann, bob) = (try installation.person("ann"), try installation.person("bob"))
            let key = try SoftwareAuthenticator()
            try installation.addPasskey(to: bob.account, key)
            let assertion = String(decoding: try key.assertion(challenge: [1]), as: UTF8.self)
            func call(_ body: String?, _ person: Person) -> TestAnswer {
                installation.call(row.method, row.path, body, token: person.session)
            }
            return [
                call(#"{"method": "passkey", "credential": \#(assertion)}"#, bob),
                call(#"{"method": "password", "password": "\#(Person.password)"}"#, ann),
            ]
        }
    }

    /// For the sake of the body.
    private func misread() throws -> [TestAnswer] {
        let unknown = [
            "acct_0000000000000000", "user_0000000000000000", "sess_0000000000000000", "org_0000000000000000",
            "fac_0000000000000000", String(repeating: "0", count: 64),
        ]
        let paths = unknown.map { row.path.replacing("{id}", with: $0).replacing("{hash}", with: $0) }
        return try ["adm", "Own"].flatMap { kind in
            let token = try caller(kind).token
            let body = row.body.map { $0.replacing("{id}", with: unknown[0]) }
            return paths.flatMap { path in
                [
                    installation.call(row.method, path, body, token: token),
                    installation.call(row.method, path, "{", token: token),
                    installation.call(row.method, path, "{}", token: token, type: "text/plain"),
                ]
            }
        }
    }

    /// Answers that no other route has in just this way.
    private func ofItsOwn() throws -> [TestAnswer] {
        func call(_ body: String? = nil, at path: String? = nil, by token: String?) -> TestAnswer {
            installation.call(row.method, path ?? row.path, body, token: token)
        }
        let admin = installation.adminToken
        let email = TestInstallation.ownerEmail
        let target = try installation.addAccount("t@example.test")
        let user = try #require(target.users.first).id
        switch row.testDescription {
        case "POST /auth/register":
            return [#""\#(email)""#, #""a@b.test", "roles": ["SuperAdmin"]"#].map {
                call(#"{"password": "northern lights", "email": \#($0)}"#, by: admin)
            }
        case "POST /auth/login":
            _ = try installation.service.update(target.id, AccountForm(state: .inactive), by: .operator)
            return ["wrong", Person.password].map { installation.login("t@example.test", $0) }
                + [installation.login(callers.holder.email.address, Person.password)]
        case "POST /auth/login/second-factor/options":
            _ = try installation.addTOTP(to: target)
            let token = try installation.firstStep("t@example.test")
            return [call(#"{"login_token": "\#(token)"}"#, by: admin)]
        case "POST /auth/login/second-factor":
            let token = try callers.target(.pending, of: caller("adm"))
            return [installation.finish(token, "totp", "123456", token: try caller("adm").token)]
        case "POST /auth/login/passkey/options":
            return [installation.call(row.method, row.path), try TestInstallation(publicURL: nil).post(row.path)]
        case "POST /auth/login/passkey":
            let stale = #"{"credential": \#(try callers.key.answer(challenge: "AAAA"))}"#
            let answers = [call(stale, by: admin), try TestInstallation(publicURL: nil).post(row.path, stale)]
            let good = try callers.target(.assertion, of: caller("adm"))
            _ = try installation.service.update(callers.holder.id, AccountForm(state: .inactive), by: .operator)
            let inactive = call(#"{"credential": \#(good)}"#, by: try caller("adm").token)
            _ = try installation.service.update(callers.holder.id, AccountForm(state: .active), by: .operator)
            return answers + [inactive]
        case "GET /auth/session", "GET /account/me", "PUT /account/me", "GET /app/me":
            return [try answerOnceErased()]
        case "POST /auth/confirm", "POST /auth/confirm/options": return try confirmations()
        case "GET /auth/verify":
            installation.clock.advance(by: 2)
            return [
                call(at: "\(row.path)?role=AppOwner&org=example", by: try caller("Gue").token),
                call(at: "\(row.path)?max_age=1", by: try caller("Gue").token),
            ]
        case "POST /account/organization/{id}/join":
            let member = try caller("Own")
            let path = row.path.replacing("{id}", with: try callers.target(row.target, of: member))
            return (1...2).map { _ in call(at: path, by: member.token) }
        case "POST /account/{id}":
            let (path, token) = ("/account/\(target.id)", admin)
            return [call(#"{"roles": ["SuperAdmin"]}"#, at: path, by: token)]
                + [try asLastOwner(#"{"state": "Inactive"}"#, by: caller("Sup").token)]
        case "PUT /app/user/{id}":
            let manager = try caller("Adm").token
            return [call(#"{"role": "AppOwner"}"#, at: "/app/user/\(user)", by: manager)]
                + [try asLastOwner(#"{"role": "AppGuest"}"#)]
        case "POST /account/token":
            let member = try caller("Mem").token
            return [call(#"{"name": "N", "scopes": [], "role_ceiling": "AppOwner"}"#, by: member)]
        case "DELETE /account/organization/{id}":
            return [call(at: "/account/organization/\(installation.organization.id)", by: try caller("Own").token)]
        case "DELETE /account/{id}", "DELETE /app/user/{id}", "POST /app/user/{id}/activate",
            "POST /app/user/{id}/deactivate":
            return [try asLastOwner()]
        case "POST /app/user":
            let body = #"{"account_id": "\#(target.id)", "role": "#
            return [
                call(body + #""AppMember"}"#, by: admin), call(body + #""AppOwner"}"#, by: try caller("Adm").token),
            ]
        case "POST /app/organization":
            let token = try installation.token(of: "t@example.test", scopes: [.organizations])
            return [call(#"{"default_role": "AppOwner"}"#, by: token)]
        case "GET /account/me/export", "DELETE /account/me", "GET /account/factor", "POST /account/factor/totp",
            "POST /account/factor/totp/confirm", "POST /account/factor/passkey/options",
            "POST /account/factor/passkey", "PUT /account/factor/{id}", "DELETE /account/factor/{id}",
            "POST /account/factor/recovery-codes", "DELETE /account/{id}/factor":
            return try ofFactors()
        case "GET /metrics", "GET /status":
            return [try TestInstallation().call(row.method, row.path)]
        default: return []
        }
    }

    /// Answers of the routes of second factors, and of others that ask for a fresh session.
    private func ofFactors() throws -> [TestAnswer] {
        let owner = try installation.person("factor", ["AppOwner"])
        let enrolment = Enrolment(installation, owner)
        func call(_ body: String? = nil, of id: String = "fac_0000000000000000") -> TestAnswer {
            installation.call(row.method, row.path.replacing("{id}", with: id), body, token: owner.session)
        }
        var answers: [TestAnswer] = []
        switch row.testDescription {
        case "GET /account/me/export", "GET /account/factor": answers.append(try answerOnceErased())
        case "DELETE /account/me":
            answers += [try answerOnceErased(), try asLastOwner()]
        case "POST /account/factor/totp/confirm":
            let begun = try enrolment.begin()
            answers += [call(begun.wrong), call(begun.right)]
            let next = try enrolment.begin()
            try enrolment.fill()
            answers.append(call(next.right))
        case "POST /account/factor/passkey/options", "POST /account/factor/passkey":
            let without = try TestInstallation(publicURL: nil)
            let ann = try without.person("ann")
            let key = try SoftwareAuthenticator()
            let bodies = try (1...2).map { _ in
                row.path.hasSuffix("options") ? "{}" : try enrolment.answer(of: key, to: .passkey)
            }
            answers.append(without.call(row.method, row.path, bodies[0], token: ann.session))
            answers.append(call(bodies[1]))
            if !row.path.hasSuffix("options") { answers.append(call(try enrolment.answer(of: key, to: .passkey))) }
            try enrolment.fill()
            answers.append(call(bodies[1]))
        case "PUT /account/factor/{id}":
            return [call(row.body, of: try enrolment.addGenerator().id)]
        case "DELETE /account/factor/{id}":
            let ids = [try enrolment.addGenerator().id, try enrolment.addGenerator().id]
            answers.append(call(of: ids[0]))
            try installation.execute("UPDATE organization SET second_factor = 3")
            answers.append(call(of: ids[1]))
        case "POST /account/factor/recovery-codes":
            answers.append(call())
            _ = try enrolment.addGenerator()
            answers.append(call())
        case "POST /account/factor/totp":
            answers.append(call())
            try enrolment.fill()
            answers.append(call())
        default: break
        }
        let target = try installation.addAccount("late@example.test").id
        installation.clock.advance(by: 901)
        defer { installation.clock.set(by: -901) }
        return answers + [call(row.body, of: row.target == .account ? "\(target)" : "fac_0000000000000000")]
    }

    /// To an organization's only owner, or to another caller, acting on that owner.
    private func asLastOwner(_ body: String? = nil, by other: String? = nil) throws -> TestAnswer {
        _ = try installation.addOrganization(slug: "lone")
        let owner = try installation.person("owner", ["AppOwner"], in: "lone")
        let id = row.target == .account ? owner.id : owner.user
        return installation.call(row.method, row.path.replacing("{id}", with: id), body, token: other ?? owner.session)
    }

    /// To somebody whose account is erased while the request is on its way: after authentication, and before the
    /// endpoint.
    private func answerOnceErased() throws -> TestAnswer {
        let endpoint = try #require(Endpoint.all.first { $0.key == row.testDescription })
        let person = try installation.person("gone")
        let body = row.body ?? ""
        let variables: MetaVariables = [
            "REQUEST_METHOD": row.method, "REQUEST_URI": row.path, "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": "\(body.utf8.count)",
        ]
        var source = TextBody(rest: Array(body.utf8)[...])
        let request = try Request(variables, body: &source, bodyLimit: AuthAPI.Settings.bodyLimit)
        var exchange = Exchange(request: request, id: "gone")
        try exchange.accept(try #require(try installation.service.authenticate(bearer: person.session)))
        try installation.service.erase(person.account.id, by: .operator)
        let problem = #expect(throws: (any Error).self) { try endpoint.respond(installation.api, exchange) }
        let answer = installation.api.problem(try #require(problem), requestID: exchange.id).response(requestID: "gone")
        return TestInstallation.answer(answer.cgiOutput(for: request.method))
    }
}
