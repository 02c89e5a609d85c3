import Cryptography
import Foundation
import HTTPTypes
import Storage
import TestSupport
import Testing

@testable import Identity

struct CredentialTests {
    let installation: TestInstallation

    init() throws {
        installation = try TestInstallation()
    }

    static let routes = ["/auth/register", "/auth/login", "/auth/logout"]

    @Test(arguments: routes)
    func `without a credential there is a plain challenge`(_ route: String) {
        let answer = installation.call("POST", route, "{}")
        #expect(answer.status == 401)
        #expect(answer.code == "unauthenticated")
        #expect(answer.fields[.wwwAuthenticate] == #"Bearer realm="postern""#)
    }

    @Test(arguments: routes, ["Basic dXNlcjpwYXNz", "Digest x", "pst_x", "Bearerpst_x"])
    func `a credential of another scheme is none`(_ route: String, _ value: String) {
        #expect(installation.call("POST", route, "{}", fields: ["Authorization": value]).code == "unauthenticated")
    }

    @Test(arguments: [
        "", "x", "pst_", "pst_\(String(repeating: "a", count: 49))", "pss_x", "a b", "pst_ü", "a, Bearer b",
    ])
    func `a token that was never made is refused`(_ token: String) {
        for route in Self.routes {
            let answer = installation.call("POST", route, "{}", token: token)
            #expect(answer.status == 401)
            #expect(answer.code == "invalid_token")
            #expect(answer.fields[.wwwAuthenticate] == #"Bearer realm="postern", error="invalid_token""#)
        }
    }

    @Test func `a well-formed token that is unknown is refused`() throws {
        for kind in BearerToken.Kind.allCases {
            let token = try BearerToken(kind, random: OpenSSLRandomSource()).text
            #expect(installation.call("POST", "/auth/logout", token: token).code == "invalid_token")
        }
    }

    @Test func `a token with one character changed is refused`() throws {
        let token = installation.adminToken
        for index in token.indices {
            var changed = token
            changed.replaceSubrange(index...index, with: token[index] == "a" ? "b" : "a")
            #expect(installation.call("POST", "/auth/logout", token: changed).status == 401)
        }
    }

    @Test func `the scheme's name is compared without case`() {
        for scheme in ["bearer", "BEARER", "Bearer "] {
            let fields = ["Authorization": "\(scheme) \(installation.adminToken)"]
            #expect(installation.call("POST", "/auth/logout", fields: fields).status == 200)
        }
    }

    @Test func `two Authorization fields are refused`() throws {
        var variables: [String: String] = [:]
        variables["REDIRECT_HTTP_AUTHORIZATION"] = "Bearer x"
        let one = installation.call("POST", "/auth/logout", token: installation.adminToken, variables: variables)
        #expect(one.status == 200)
        let empty = installation.call(
            "POST", "/auth/logout", fields: ["Authorization": ""],
            variables: ["REDIRECT_HTTP_AUTHORIZATION": "Bearer \(installation.adminToken)"])
        #expect(empty.status == 200)
        let two = installation.call(
            "POST", "/auth/logout", token: installation.adminToken, fields: ["Authorization": "Bearer x"])
        #expect(two.status == 400)
        #expect(two.code == "invalid_request")
    }

    @Test func `a scope that lacks is named`() throws {
        let wanted = ["/auth/register": Scope.register, "/auth/login": .login, "/auth/logout": .login]
        for (route, needed) in wanted {
            for scope in Scope.allCases {
                let answer = installation.call("POST", route, "{}", token: try installation.token(scopes: [scope]))
                if scope == needed || scope == .admin {
                    #expect(answer.status == (route == "/auth/logout" ? 200 : 400))
                } else {
                    #expect(answer.status == 403)
                    #expect(answer.code == "insufficient_scope")
                    #expect(
                        answer.fields[.wwwAuthenticate]
                            == "Bearer realm=\"postern\", error=\"insufficient_scope\", scope=\"\(needed.rawValue)\"")
                }
            }
        }
    }

    @Test func `a session is no API token`() throws {
        let session = try #require(
            installation.login(TestInstallation.ownerEmail, TestInstallation.ownerPassword).sessionToken)
        for route in ["/auth/register", "/auth/login"] {
            #expect(installation.call("POST", route, "{}", token: session).code == "insufficient_scope")
        }
    }

    @Test func `a token ends when its time is over`() throws {
        let token = try installation.token(scopes: [.login], validUntil: installation.clock.now + 60)
        #expect(installation.call("POST", "/auth/logout", token: token).status == 200)
        installation.clock.advance(by: 60)
        #expect(installation.call("POST", "/auth/logout", token: token).code == "invalid_token")
    }

    @Test func `a revoked token is refused at the next request`() throws {
        let made = try installation.service.createAPIToken(
            APITokenForm(name: "t", scopes: [.login]), for: TestInstallation.ownerEmail, in: nil)
        #expect(installation.call("POST", "/auth/logout", token: made.token.text).status == 200)
        try installation.service.revokeAPIToken(made.record.id)
        #expect(installation.call("POST", "/auth/logout", token: made.token.text).code == "invalid_token")
    }

    @Test(arguments: ["account", "user"])
    func `a token of somebody who is no longer active is refused`(_ table: String) throws {
        try installation.addAccount("ann@example.test")
        let token = try installation.token(of: "ann@example.test", scopes: [.login])
        #expect(installation.call("POST", "/auth/logout", token: token).status == 200)
        try installation.execute(#"UPDATE "\#(table)" SET state = 'Inactive'"#)
        #expect(installation.call("POST", "/auth/logout", token: token).code == "invalid_token")
    }

    @Test func `who may not call learns nothing of the body`() {
        let answer = installation.call("POST", "/auth/register", "{", token: "x")
        #expect(answer.code == "invalid_token")
    }
}

struct PublicLoginTests {
    let installation: TestInstallation
    let body = TestInstallation.credentials(TestInstallation.ownerEmail, TestInstallation.ownerPassword)

    init() throws {
        installation = try TestInstallation(publicLogin: true)
    }

    @Test func `anybody may log in, and nothing else`() {
        #expect(installation.call("POST", "/auth/login", body).status == 200)
        #expect(installation.call("POST", "/auth/register", "{}").code == "unauthenticated")
        #expect(installation.call("POST", "/auth/logout").code == "unauthenticated")
    }

    @Test func `the organization's log has the login`() {
        let user = installation.call("POST", "/auth/login", body).object["id"] as? String
        let log = installation.get("/app/audit?type=login.succeeded", installation.adminToken)
        #expect(log.column("account") == [user])
        #expect(log.rows.first?["credential"] is NSNull)
    }

    @Test func `a session cookie that has gone stale does no harm`() {
        let fields = ["Cookie": "__Host-postern_session=stale", "Sec-Fetch-Site": "same-origin"]
        #expect(installation.call("POST", "/auth/login", body, fields: fields).status == 200)
    }

    @Test(arguments: [["Origin": "https://evil.example"], ["Sec-Fetch-Site": "cross-site"]])
    func `another site cannot log a browser in`(_ fields: [String: String]) {
        #expect(installation.call("POST", "/auth/login", body, fields: fields).code == "cross_origin")
    }

    @Test func `a token that is sent all the same must be good`() {
        #expect(installation.call("POST", "/auth/login", body, token: "x").code == "invalid_token")
    }
}
