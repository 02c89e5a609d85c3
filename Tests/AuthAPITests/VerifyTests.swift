import Foundation
import HTTP
import HTTPTypes
import Identity
import InMemoryLogging
import Logging
import Storage
import TestSupport
import Testing

struct VerifyTests {
    let installation: TestInstallation
    let ann: Person

    init() throws {
        installation = try TestInstallation()
        ann = try installation.person("ann", ["AppMember", "AppAdmin"])
    }

    private func field(_ answer: TestAnswer, _ name: String) -> String? {
        HTTPField.Name(name).flatMap { answer.fields[$0] }
    }

    /// All fields of an answer that identify somebody, without their prefix.
    private func identity(_ answer: TestAnswer, _ prefix: String) -> [String: String] {
        var identity: [String: String] = [:]
        for field in answer.fields where field.name.rawName.hasPrefix(prefix) {
            identity[field.name.rawName.dropFirst(prefix.count).lowercased()] = field.value
        }
        return identity
    }

    private func authorizer(
        _ method: String = "GET", _ target: String = "/a/page?x=y", _ token: String? = nil,
        fields: [String: String] = [:], variables: [String: String] = [:]
    ) -> TestAnswer {
        let role = ["FCGI_ROLE": "AUTHORIZER", "REQUEST_URI": target]
        return installation.call(
            method, "", token: token, fields: fields, variables: role.merging(variables) { $1 })
    }

    private var whoAnnIs: [String: String] {
        [
            "account": ann.id, "user": ann.user, "org": "\(installation.organization.id)", "email": ann.email,
            "roles": "AppMember,AppAdmin",
        ]
    }

    // MARK: GET /auth/session

    @Test func `a session is told who it is`() throws {
        let answer = installation.get("/auth/session", ann.session)
        let id = try #require(installation.get("/account/session", ann.session).column("id").first)
        let account = installation.get("/account/me", ann.session).body
        let user = installation.get("/app/me", ann.session).body
        let organization = installation.get("/app/organization", ann.session).body
        #expect(
            answer.body
                == "{\"credential\":{\"kind\":\"session\",\"id\":\"\(id)\",\"expires_at\":\"2026-02-08T15:12:45Z\","
                + "\"role_ceiling\":null},"
                + "\"account\":\(account),\"user\":\(user),\"organization\":\(organization),"
                + "\"roles\":[\"AppMember\",\"AppAdmin\"],"
                + "\"scopes\":[\"accounts:read\",\"accounts:write\",\"tokens\"],\"password_change_required\":false,"
                + "\"second_factor_enrolment_required\":false,\"authentication\":{\"methods\":[\"password\"],"
                + "\"authenticated_at\":\"2026-02-08T14:12:45Z\",\"second_factor_at\":null}}")
    }

    @Test func `a token is told who it is`() throws {
        let token = try installation.token(of: ann.email, scopes: [.login, .register])
        let answer = installation.get("/auth/session", token)
        let credential = try #require(answer.object["credential"] as? [String: Any])
        #expect(credential["kind"] as? String == "api_token")
        #expect((credential["id"] as? String)?.hasPrefix("tok_") == true)
        #expect(credential["expires_at"] is NSNull)
        #expect(credential["role_ceiling"] as? String == "AppMember")
        #expect(answer.object["roles"] as? [String] == ["AppMember"])
        #expect(answer.object["scopes"] as? [String] == ["register", "login"])
        #expect(answer.object["authentication"] is NSNull)
    }

    @Test func `X-Org chooses roles and scopes along with the organization`() throws {
        // Its own organization is the one that it belongs to the longest.
        installation.clock.advance(by: 1)
        let other = try installation.addOrganization(slug: "other")
        _ = try installation.service.createUser(
            of: ann.account.id, UserForm(role: .appGuest), by: Caller(.operator(in: other.id)))
        let answer = installation.get("/auth/session", ann.session, org: "other")
        #expect(answer.object["roles"] as? [String] == ["AppGuest"])
        #expect(answer.object["scopes"] as? [String] == [])
        #expect(installation.get("/account", ann.session, org: "other").code == "insufficient_scope")
    }

    // MARK: GET /auth/verify

    @Test func `whoever has a good credential is told to the web server`() throws {
        let token = try installation.token(of: ann.email, scopes: [], ceiling: .appAdmin)
        for credential in [ann.session, token] {
            let answer = installation.get("/auth/verify", credential)
            #expect(answer.status == 204)
            #expect(answer.body.isEmpty)
            #expect(identity(answer, "X-Auth-") == whoAnnIs)
        }
        let cookie = ["Cookie": "__Host-postern_session=\(ann.session)", "Origin": "https://evil.example"]
        #expect(installation.call("GET", "/auth/verify", fields: cookie).status == 204)
        #expect(installation.call("GET", "/auth/verify").code == "unauthenticated")
    }

    @Test(arguments: [
        ("AppGuest", 204), ("AppAdmin", 204), ("AppOwner", 403), ("Basic", 403), ("SuperAdmin", 403),
    ])
    func `a least role is asked for`(_ role: String, _ status: Int) {
        let answer = installation.get("/auth/verify?role=\(role)", ann.session)
        #expect(answer.status == status)
        #expect(answer.code == (status == 403 ? "forbidden" : nil))
        #expect(identity(answer, "X-Auth-").isEmpty == (status == 403))
    }

    @Test func `who administers the installation is an owner everywhere`() throws {
        _ = try installation.addOrganization(slug: "other")
        let root = try installation.person("root", ["Admin"])
        let answer = installation.get("/auth/verify?role=AppOwner&org=other", root.session)
        #expect(answer.status == 204)
        #expect(field(answer, "X-Auth-User") == nil)
        #expect(field(answer, "X-Auth-Roles") == "AppOwner,Admin")
    }

    @Test(arguments: [
        "role=Root", "role=appadmin", "role=", "role", "role=AppGuest&role=AppGuest", "role=%41ppAdmi%6",
        "rloe=AppGuest", "factor=1", "factor=", "factor=02", "factor=2&factor=2", "max_age=0", "max_age=-1", "max_age=",
        "max_age=15m", "max_age=31536001", "max_age=99999999999999999999", "max_age=900&max_age=900",
        "Role=AppGuest", "role=AppGuest&x", "org=", "org", "org=example&org=example", "orgs=example", "=AppGuest",
        "role=AppGuest%26org=example", "role%3DAppGuest", "role=AppGuest;org=example",
    ])
    func `a question that is not understood lets nobody through`(_ query: String) {
        let answer = installation.get("/auth/verify?\(query)", ann.session)
        #expect(answer.status == 400)
        #expect(answer.code == "invalid_request")
        #expect(identity(answer, "X-Auth-").isEmpty)
    }

    @Test func `an email that is not ASCII is UTF-8 in its field`() throws {
        let ella = try installation.addAccount("élodie@exämple.test")
        let session = try installation.begin("élodie@exämple.test")
        var body = TextBody(rest: [])
        let variables: MetaVariables = [
            "REQUEST_METHOD": "GET", "REQUEST_URI": "/api/v1/auth/verify",
            "HTTP_AUTHORIZATION": "Bearer \(session.token.text)",
        ]
        let output = installation.api.respond(to: variables, body: &body, bodyLimit: 0).output
        let line = Array("\r\nX-Auth-Email: élodie@exämple.test\r\n".utf8)
        #expect(output.indices.contains { output[$0...].starts(with: line) })
        #expect(String(decoding: output, as: UTF8.self).contains("\r\nX-Auth-Account: \(ella.id)\r\n"))
    }

    @Test func `it writes nothing`() throws {
        let connection = try installation.connection()
        func version() throws -> String { try connection.version() }
        installation.clock.advance(by: 120)
        let before = try version()
        for _ in 0..<3 { #expect(installation.get("/auth/verify", ann.session).status == 204) }
        #expect(try version() == before)
        try installation.service.recordCredentialUse()
        #expect(try version() != before)
    }

    // MARK: FastCGI authorizer

    @Test(arguments: ["GET", "HEAD", "POST", "DELETE", "OPTIONS", "PROPFIND"])
    func `an authorizer lets through who has a good credential, whatever is asked for`(_ method: String) {
        for target in ["/a/page?x=y", "/", "/api/v1/auth/login", "/api/v1/nowhere", "/%zz"] {
            let answer = authorizer(method, target, ann.session)
            #expect(answer.status == 200)
            #expect(answer.body.isEmpty)
            #expect(identity(answer, "Variable-AUTH_") == whoAnnIs)
        }
    }

    @Test func `an authorizer takes the cookie, wherever the request came from`() {
        let fields = ["Cookie": "__Host-postern_session=\(ann.session)", "Origin": "https://elsewhere.example"]
        #expect(authorizer("POST", fields: fields).status == 200)
    }

    @Test func `an authorizer refuses everybody else`() {
        for answer in [
            authorizer(), authorizer("GET", "/api/v1/health/live"), authorizer("OPTIONS", "/api/v1/auth/login"),
        ] {
            #expect(answer.status == 401)
            #expect(answer.code == "unauthenticated")
        }
        #expect(authorizer("GET", "/", "pst_x").code == "invalid_token")
        let cookie = ["Cookie": "__Host-postern_session=pss_x"]
        #expect(authorizer(fields: cookie).code == "invalid_token")
        #expect(authorizer(fields: ["Authorization": "Basic eDp5"].merging(cookie) { $1 }).status == 401)
        #expect(authorizer("G T", "/", ann.session).status == 400)
        #expect(authorizer("GET", "x", ann.session).status == 400)
    }

    @Test func `an authorizer cares for no body`() {
        let long = ["CONTENT_LENGTH": "1000000", "CONTENT_TYPE": "image/png"]
        #expect(authorizer("POST", "/upload", ann.session, variables: long).status == 200)
    }

    @Test(arguments: [
        (["POSTERN_REQUIRED_ROLE": "AppAdmin"], 200), (["POSTERN_REQUIRED_ROLE": "AppOwner"], 403),
        (["POSTERN_REQUIRED_ROLE": "Root"], 500), (["POSTERN_REQUIRED_ORG": "example"], 200),
        (["POSTERN_REQUIRED_ORG": "nowhere"], 403),
        (["HTTP_POSTERN_REQUIRED_ROLE": "AppOwner"], 200), (["HTTP_X_ORG": "other"], 200),
        (["POSTERN_REQUIRED_ROLE": ""], 500), (["POSTERN_REQUIRED_ORG": ""], 500),
        (["POSTERN_REQUIRED_ROLES": "AppGuest"], 500), (["POSTERN_REQUIRED_Role": "AppGuest"], 500),
        (["POSTERN_REQUIRED_FACTOR": "1"], 500), (["POSTERN_REQUIRED_FACTOR": ""], 500),
        (["POSTERN_REQUIRED_MAX_AGE": "0"], 500), (["POSTERN_REQUIRED_MAX_AGE": "15m"], 500),
        (["POSTERN_REQUIRED_MAX_AGE": "900"], 200), (["POSTERN_REQUIRED_FACTORS": "2"], 500),
        (["POSTERN_REQUIRED": "AppGuest"], 500), (["POSTERN_REQUIRED_ROLE": "AppAdmin AppGuest"], 500),
        (["POSTERN_DATABASE": "/var/lib/postern/postern.sqlite3", "POSTERN_IS_ASKED": "yes"], 200),
        (["POSTERN_ROLE": "AppGuest"], 500), (["POSTERN_REUIRED_ROLE": "AppGuest"], 500),
        (["POSTERN-REQUIRED-ROLE": "AppGuest"], 500), (["POSTERNREQUIRED_ROLE": "AppGuest"], 500),
    ])
    func `the server's administrator says which role and organization`(_ variables: [String: String], _ status: Int)
        throws
    {
        let answer = authorizer("GET", "/", ann.session, variables: variables)
        #expect(answer.status == status)
        #expect(identity(answer, "Variable-").isEmpty == (status != 200))
    }

    @Test(arguments: [
        (["POSTERN_REQUIRED_ROLE": "Root"], "POSTERN_REQUIRED_ROLE=Root is not a role"),
        (["POSTERN_REQUIRED_ROLE": "Ro\not"], #"POSTERN_REQUIRED_ROLE=Ro\x0aot is not a role"#),
        (["POSTERN_REQUIRED_ROLE": ""], "POSTERN_REQUIRED_ROLE is empty"),
        (["POSTERN_REQUIRED_ROLES": "AppGuest"], "POSTERN_REQUIRED_ROLES is not a variable that counts"),
    ])
    func `what the administrator mistyped is in the log`(_ variables: [String: String], _ text: String) {
        _ = authorizer("GET", "/", ann.session, variables: variables)
        #expect(
            installation.logs.entries.contains {
                $0.level == .error && "\($0.message)" == "the web server asks what can't be answered: \(text)"
            })
    }

    @Test func `a variable that stands twice lets nobody in`() {
        var variables: MetaVariables = [
            "FCGI_ROLE": "AUTHORIZER", "REQUEST_METHOD": "GET", "REQUEST_URI": "/",
            "HTTP_AUTHORIZATION": "Bearer \(ann.session)",
        ]
        for role in ["AppGuest", "AppOwner"] { variables.append(name: "POSTERN_REQUIRED_ROLE", value: role) }
        var body = TextBody(rest: [])
        let answer = TestInstallation.answer(
            installation.api.respond(to: variables, body: &body, bodyLimit: 0).output)
        #expect(answer.status == 500)
    }
}
