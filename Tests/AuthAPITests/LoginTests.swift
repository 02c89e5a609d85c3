import Cryptography
import Foundation
import HTTPTypes
import InMemoryLogging
import Logging
import Storage
import TestSupport
import Testing

@testable import Identity

struct LoginTests {
    static let email = "ann@example.test"
    static let password = "correct horse battery"
    let installation: TestInstallation

    init() throws {
        installation = try TestInstallation()
        try installation.addAccount(Self.email, password: Self.password)
    }

    @Test func `a wrong password and an unknown account get the same answer`() {
        let wrong = installation.login(Self.email, "wrong password")
        let unknown = installation.login("nobody@example.test", "wrong password")
        let noAddress = installation.login("no address", "wrong password")
        for answer in [wrong, unknown, noAddress] {
            #expect(answer.status == 401)
            #expect(answer.code == "invalid_credentials")
            #expect(withoutRequestID(answer.body) == withoutRequestID(wrong.body))
            #expect(answer.fields.map(\.name) == wrong.fields.map(\.name))
            #expect(answer.fields[.setCookie] == nil)
            #expect(answer.fields[.wwwAuthenticate] != nil)
        }
    }

    private func withoutRequestID(_ body: String) -> Substring {
        body[..<(body.range(of: "\"request_id\"")?.lowerBound ?? body.endIndex)]
    }

    @Test func `the email is compared without case`() {
        #expect(installation.login("ANN@Example.test", Self.password).status == 200)
    }

    @Test(arguments: [
        "Correct horse battery", "correct horse battery ", " correct horse battery", "correct horse batter", "",
    ])
    func `the password is compared exactly`(_ password: String) {
        #expect(installation.login(Self.email, password).code == "invalid_credentials")
    }

    @Test(arguments: ["\\u0000", "\\u0000\\u0000\\u0000"])
    func `the password with zeros behind it is another one`(_ zeros: String) {
        let body = #"{"email": "\#(Self.email)", "password": "\#(Self.password)\#(zeros)"}"#
        #expect(installation.post("/auth/login", body).code == "invalid_credentials")
    }

    @Test func `a password is the same however it was composed`() throws {
        try installation.addAccount("eve@example.test", password: "caf\u{E9} au lait")
        #expect(installation.login("eve@example.test", "cafe\u{301} au lait").status == 200)
        #expect(installation.login("eve@example.test", "cafe au lait").status == 401)
    }

    @Test func `an inactive account is told so, but only who knows the password`() throws {
        try installation.execute("UPDATE account SET state = 'Inactive' WHERE email = ?", [Self.email])
        let right = installation.login(Self.email, Self.password)
        #expect(right.status == 403)
        #expect(right.code == "account_inactive")
        #expect(right.fields[.setCookie] == nil)
        #expect(installation.login(Self.email, "wrong password").code == "invalid_credentials")
    }

    @Test func `every login makes a session of its own, whatever token came along`() throws {
        let first = try #require(installation.login(Self.email, Self.password).sessionToken)
        let again = installation.call(
            "POST", "/auth/login", TestInstallation.credentials(Self.email, Self.password),
            token: installation.adminToken, fields: ["Cookie": "__Host-postern_session=\(first)"])
        let second = try #require(again.sessionToken)
        #expect(first != second)
        let fixed = installation.call(
            "POST", "/auth/login", TestInstallation.credentials(Self.email, Self.password),
            token: installation.adminToken, fields: ["Cookie": "__Host-postern_session=pss_attackers"])
        #expect(fixed.sessionToken != nil && fixed.sessionToken != "pss_attackers")
        for (token, status) in [(first, 401), (second, 200)] {
            #expect(installation.call("POST", "/auth/logout", token: token).status == status)
        }
    }

    @Test func `a pending password change is told behind the account's members, and only then`() throws {
        let account = try installation.service.account(named: Self.email)
        let usual = installation.login(Self.email, Self.password)
        #expect(usual.object.count == 8)
        let password = try installation.service.resetPassword(of: account.id, by: .operator)
        let answer = installation.login(Self.email, password)
        #expect(answer.status == 200)
        #expect(answer.body == "\(usual.body.dropLast()),\"password_change_required\":true}")
        let body = #"{"current_password": "\#(password)", "new_password": "northern lights"}"#
        let session = try #require(answer.sessionToken)
        #expect(installation.call("PUT", "/account/me", body, token: session).status == 200)
        #expect(installation.login(Self.email, "northern lights").body == usual.body)
    }

    @Test func `missing and wrongly typed members are told`() {
        #expect(installation.post("/auth/login", "{}").faults == ["/email required", "/password required"])
        #expect(
            installation.post("/auth/login", #"{"email": 1, "password": {}}"#).faults
                == ["/email wrong_type", "/password wrong_type"])
    }

    @Test func `a hash with other parameters is renewed at the next login`() throws {
        let folder = installation.folder
        let random = OpenSSLRandomSource()
        let newer = PasswordScheme(setting: "scrypt:ln=5,r=8,p=1")!
        let service = AuthenticationService(
            store: installation.store,
            hasher: PasswordHasher(scheme: newer, concurrency: 1, queueLength: 8, random: random),
            sessionLifetime: 600, sessionIdleTimeout: 600)
        let caller = Caller(.anonymous)
        _ = try service.login(email: Self.email, password: Password(utf8: Array(Self.password.utf8)), by: caller)
        let renewed = try #require(try installation.store.passwordLookup(emailKey: Self.email, decoySeed: 0))
            .passwordHash
        #expect(renewed.hasPrefix("$scrypt$ln=5,"))
        _ = try service.login(email: Self.email, password: Password(utf8: Array(Self.password.utf8)), by: caller)
        #expect(try installation.store.passwordLookup(emailKey: Self.email, decoySeed: 0)?.passwordHash == renewed)
        #expect(installation.login(Self.email, Self.password).status == 200)
        _ = folder
    }

    @Test func `a session remembers where it came from`() throws {
        _ = installation.call(
            "POST", "/auth/login", TestInstallation.credentials(Self.email, Self.password),
            token: installation.adminToken,
            fields: ["User-Agent": String(repeating: "x", count: 300), "X-Client-Address": "2001:db8::7"])
        let stored = try installation.connection().rows("SELECT address, user_agent FROM session").first
        #expect(stored?[0] == "2001:db8::7")
        #expect(stored?[1]?.count == 256)
    }

    @Test func `X-Client-Address counts only for who may say it, and must be an address`() throws {
        let plain = try installation.token(scopes: [.login])
        let body = TestInstallation.credentials(Self.email, Self.password)
        _ = installation.call("POST", "/auth/login", body, token: plain, fields: ["X-Client-Address": "203.0.113.9"])
        let address = try installation.connection().value("SELECT address FROM session")
        #expect(address == "192.0.2.1")
        let trusted = try installation.token(scopes: [.login, .clientAddress])
        let bad = installation.call("POST", "/auth/login", body, token: trusted, fields: ["X-Client-Address": "home"])
        #expect(bad.code == "invalid_request")
    }
}
