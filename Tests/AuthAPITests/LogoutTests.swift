import Foundation
import HTTPTypes
import Identity
import TestSupport
import Testing

struct LogoutTests {
    static let email = "ann@example.test"
    static let password = "correct horse battery"
    let installation: TestInstallation
    let session: String

    init() throws {
        installation = try TestInstallation()
        try installation.addAccount(Self.email, password: Self.password)
        session = try #require(installation.login(Self.email, Self.password).sessionToken)
    }

    private var cookie: [String: String] { ["Cookie": "theme=dark; __Host-postern_session=\(session); x=y"] }

    private func isAlive() -> Bool {
        // Logging out a second time is refused, so this ends the session.
        installation.call("POST", "/auth/logout", token: session).status == 200
    }

    @Test func `the session whose token is the bearer ends, and its cookie is cleared`() {
        let answer = installation.call("POST", "/auth/logout", token: session)
        #expect(answer.status == 200)
        #expect(answer.body == "\"ok\"")
        #expect(answer.fields[.setCookie]?.hasPrefix("__Host-postern_session=;") == true)
        let again = installation.call("POST", "/auth/logout", token: session)
        #expect(again.status == 401)
        #expect(again.code == "invalid_token")
    }

    @Test func `the session whose cookie comes along with an API token ends`() {
        let answer = installation.call("POST", "/auth/logout", token: installation.adminToken, fields: cookie)
        #expect(answer.body == "\"ok\"")
        #expect(!isAlive())
    }

    @Test func `an API token alone ends nothing, and a foreign cookie is no error`() {
        #expect(installation.post("/auth/logout").body == "\"ok\"")
        let foreign = installation.call(
            "POST", "/auth/logout", token: installation.adminToken, fields: ["Cookie": "__Host-postern_session=rubbish"]
        )
        #expect(foreign.body == "\"ok\"")
        #expect(isAlive())
    }

    @Test(arguments: [
        ["Sec-Fetch-Site": "same-origin"], ["Origin": "https://auth.example"],
        ["Sec-Fetch-Site": "same-origin", "Origin": "https://auth.example"],
    ])
    func `the cookie alone is enough from the own origin`(_ fields: [String: String]) {
        let answer = installation.call(
            "POST", "/auth/logout", fields: fields.merging(cookie) { first, _ in first })
        #expect(answer.status == 200)
        #expect(!isAlive())
    }

    @Test(arguments: [
        [:], ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"], ["Origin": "https://evil.example"],
        ["Origin": "null"], ["Origin": "http://auth.example"], ["Origin": "https://auth.example.evil.example"],
        ["Origin": "https://auth.example:8443"], ["Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"],
        ["Sec-Fetch-Site": "cross-site", "Origin": "https://auth.example"],
    ])
    func `the cookie alone is refused from anywhere else`(_ fields: [String: String]) {
        let answer = installation.call(
            "POST", "/auth/logout", fields: fields.merging(cookie) { first, _ in first })
        #expect(answer.status == 403)
        #expect(answer.code == "cross_origin")
        #expect(isAlive())
    }

    private var isAccepted: Bool { installation.call("GET", "/auth/session", token: session).status == 200 }

    @Test func `a session ends by itself when its time is over, however much it is used`() throws {
        for _ in 0..<3 {
            installation.clock.advance(by: 1199)
            #expect(isAccepted)
            try installation.service.recordCredentialUse()
        }
        installation.clock.advance(by: 2)
        #expect(isAccepted)
        installation.clock.advance(by: 1)
        #expect(installation.call("GET", "/auth/session", token: session).code == "invalid_token")
    }

    @Test func `a session ends by itself when it is not used for long`() throws {
        installation.clock.advance(by: 1799)
        #expect(isAccepted)
        try installation.service.recordCredentialUse()
        installation.clock.advance(by: 1799)
        #expect(isAccepted)
        installation.clock.advance(by: 1)
        #expect(installation.call("GET", "/auth/session", token: session).code == "invalid_token")
    }

    @Test func `a session of an account that is no longer active is refused`() throws {
        try installation.execute("UPDATE account SET state = 'Inactive' WHERE email = ?", [Self.email])
        #expect(installation.call("POST", "/auth/logout", token: session).code == "invalid_token")
    }
}
