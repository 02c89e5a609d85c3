import Cryptography
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import Identity

/// The fate of the session cookie that comes along with a request.
struct ReplacedSessionTests {
    let installation: TestInstallation
    let ann: Person
    let bob: Person

    init() throws {
        installation = try TestInstallation(publicLogin: true)
        ann = try installation.person("ann")
        bob = try installation.person("bob")
    }

    private func login(_ person: Person, password: String = Person.password, cookie: String?, token: String? = nil)
        -> TestAnswer
    {
        installation.call(
            "POST", "/auth/login", TestInstallation.credentials(person.email, password), token: token,
            fields: cookie.map { ["Cookie": "a=b; __Host-postern_session=\($0)"] } ?? [:])
    }

    private func isAlive(_ session: String) -> Bool { installation.get("/auth/session", session).status == 200 }

    @Test func `a login ends the session in the cookie, whoever's it was`() throws {
        let other = try installation.begin(ann.email)
        for (person, old) in [(ann, ann.session), (ann, bob.session)] {
            #expect(isAlive(old))
            let new = try #require(login(person, cookie: old).sessionToken)
            #expect(!isAlive(old))
            #expect(isAlive(new))
        }
        #expect(isAlive(other.token.text))
        let ended = try installation.audit(.sessionEnded)
        #expect(ended.map(\.account) == [bob.account.id, ann.account.id])
        #expect(ended.allSatisfy { $0.organization == installation.organization.id && $0.address == "192.0.2.1" })
    }

    @Test func `a login by a program ends the session in the cookie that it hands on`() throws {
        let new = login(ann, cookie: ann.session, token: installation.adminToken)
        #expect(new.status == 200)
        #expect(!isAlive(ann.session))
    }

    @Test func `a login that fails ends nothing`() {
        #expect(login(ann, password: "a wrong password", cookie: ann.session).status == 401)
        #expect(isAlive(ann.session))
        #expect(login(ann, cookie: nil).status == 200)
        #expect(isAlive(ann.session))
    }

    @Test func `a session that is the bearer goes on, and so does an API token in the cookie`() throws {
        let developer = try installation.person("dev", ["Developer"])
        let token = try installation.token(scopes: [.login])
        #expect(login(ann, cookie: nil, token: developer.session).status == 200)
        #expect(isAlive(developer.session))
        #expect(login(ann, cookie: token).status == 200)
        #expect(isAlive(token))
    }

    @Test func `a cookie that is dead already does no harm`() throws {
        let unknown = try BearerToken(.session, random: OpenSSLRandomSource()).text
        for cookie in [unknown, "pss_x", "rubbish", ""] { #expect(login(ann, cookie: cookie).status == 200) }
        #expect(try installation.audit(.sessionEnded).isEmpty)
    }

    // MARK: The cookie as a credential

    private func get(cookie: String, authorizer: Bool = false) -> TestAnswer {
        installation.call(
            "GET", "/auth/session", fields: ["Cookie": cookie],
            variables: authorizer ? ["FCGI_ROLE": "AUTHORIZER", "REQUEST_URI": "/x"] : [:])
    }

    @Test func `a dead cookie is cleared along with its 401`() throws {
        #expect(get(cookie: "__Host-postern_session=\(ann.session)").status == 200)
        try installation.service.logout(sessionToken: ann.session, by: Caller(.anonymous))
        for isAuthorizer in [false, true] {
            for dead in [ann.session, "pss_x"] {
                let answer = get(cookie: "__Host-postern_session=\(dead)", authorizer: isAuthorizer)
                #expect(answer.code == "invalid_token")
                #expect(
                    answer.fields[.setCookie]
                        == "__Host-postern_session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
            }
        }
    }

    @Test func `no other 401 clears a cookie`() {
        let bearer = installation.call(
            "GET", "/auth/session", token: "pss_x", fields: ["Cookie": "__Host-postern_session=\(ann.session)"])
        #expect(bearer.code == "invalid_token")
        #expect(bearer.fields[.setCookie] == nil)
        #expect(get(cookie: "a=b").fields[.setCookie] == nil)
        #expect(login(ann, password: "a wrong password", cookie: ann.session).fields[.setCookie] == nil)
    }

    @Test(arguments: [
        "\u{1}__Host-postern_session=", "\u{0}__Host-postern_session=", "\r\n__Host-postern_session=",
        "a=b;\u{B}__Host-postern_session=", "\u{A0}__Host-postern_session=", "__Host-postern_session\u{1}=",
        "__Host-postern_session =", "__host-postern_session=", "x__Host-postern_session=", "postern_session=",
        "__Host-postern_session=\"", "__Host-postern_session= ", "__Host-postern_session=\u{1}",
        "__Host-postern_session=x; __Host-postern_session=",
    ])
    func `what only looks like the session cookie is none`(_ prefix: String) {
        #expect(get(cookie: prefix + ann.session).code == "unauthenticated")
    }

    @Test(arguments: ["", "a=b; ", "a=b;", " \t", "a;;\t", "a=\u{1}; "])
    func `white space and other cookies before it are nothing`(_ prefix: String) {
        #expect(get(cookie: "\(prefix)__Host-postern_session=\(ann.session)").status == 200)
    }

    @Test func `only a session token counts in the cookie, and either kind as bearer`() throws {
        let token = try installation.token(scopes: [.login])
        let answer = get(cookie: "__Host-postern_session=\(token)")
        #expect(answer.code == "unauthenticated")
        #expect(answer.fields[.setCookie] == nil)
        #expect(get(cookie: "__Host-postern_session=\(token)", authorizer: true).code == "unauthenticated")
        for bearer in [token, ann.session] { #expect(isAlive(bearer)) }
    }

    @Test(arguments: ["Bearer\u{1}", "\u{1}Bearer ", "Bearer\r\n", "Bear\u{1}er "])
    func `a control character is no white space before a bearer token either`(_ prefix: String) {
        let answer = installation.call("GET", "/auth/session", fields: ["Authorization": prefix + ann.session])
        #expect(answer.code == "unauthenticated")
    }
}
