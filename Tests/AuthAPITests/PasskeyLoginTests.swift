import Cryptography
import Foundation
import HTTPTypes
import Identity
import JSON
import TestSupport
import Testing

/// A login by a passkey alone.
struct PasskeyLoginTests {
    static let email = "ann@example.test"
    let installation: TestInstallation
    let ann: Account
    let key: TestKey

    init() throws {
        installation = try TestInstallation()
        ann = try installation.addAccount(Self.email, password: Person.password)
        key = try installation.addKey(to: ann)
    }

    private func options(token: String? = nil) -> TestAnswer {
        installation.call("POST", "/auth/login/passkey/options", token: token ?? installation.adminToken)
    }

    private func finish(_ credential: String, token: String? = nil) -> TestAnswer {
        installation.call(
            "POST", "/auth/login/passkey", #"{"credential": \#(credential)}"#, token: token ?? installation.adminToken,
            fields: ["X-Client-Address": "192.0.2.1"])
    }

    @Test func `options name nobody, and write nothing`() throws {
        let before = try installation.connection().version()
        let answer = options()
        #expect(answer.status == 200 && answer.fields[.setCookie] == nil)
        #expect((answer.object["allowCredentials"] as? [Any])?.isEmpty == true)
        #expect(answer.string("userVerification") == "required" && answer.string("rpId") == "auth.example.test")
        #expect(answer.object["timeout"] as? Int == 300_000)
        #expect(try installation.connection().version() == before)
    }

    @Test func `a passkey logs in, and stands for two factors`() throws {
        let answer = finish(try key.answer(options()))
        #expect(answer.status == 200, "\(answer.body)")
        #expect(answer.string("email") == Self.email)
        #expect(installation.get("/auth/session", try #require(answer.sessionToken)).status == 200)
        let now = "\(installation.clock.now.secondsSince1970)"
        #expect(
            try installation.connection().rows("SELECT methods, authenticated_at, second_factor_at FROM session")[0]
                == ["4", now, now])
        let challenge = try installation.connection().rows("SELECT expires_at FROM used_challenge")
        #expect(challenge == [["\(installation.clock.now.secondsSince1970 + 300 + 86400)"]])
        let event = try #require(try installation.audit(.loginSucceeded).first)
        #expect(event.details == ["factor": "passkey", "password": "none"] && event.account == ann.id)
        #expect(try installation.audit(.factorUsed).count == 1)
    }

    // keycloak#49921, better-auth#6192
    @Test func `an assertion is refused a second time, and so is a challenge after a failure`() throws {
        let first = try key.answer(options())
        #expect(finish(first).status == 200)
        #expect(finish(first).code == "invalid_credentials")
        let given = options()
        let good = try key.answer(given)
        key.authenticator.flags = 0x01
        #expect(finish(try key.answer(given)).code == "invalid_credentials")
        #expect(finish(good).code == "invalid_credentials")
        key.authenticator.flags = 0x05
        #expect(finish(try key.answer(options())).status == 200)
        #expect(try installation.count("session") == 2)
        let failures = try installation.audit(.loginFailed)
        #expect(failures.map { $0.details["reason"] } == ["no_challenge", "bad_assertion", "no_challenge"])
        #expect(failures.allSatisfy { $0.account == ann.id })
    }

    @Test func `a key that does not verify its user, names no account or is of nobody is refused alike`() throws {
        var answers: [TestAnswer] = []
        key.authenticator.flags = 0x01
        answers.append(finish(try key.answer(options())))
        key.authenticator.flags = 0x05
        let stranger = TestKey(authenticator: try SoftwareAuthenticator(), handle: key.handle)
        answers.append(finish(try stranger.answer(options())))
        let forger = TestKey(authenticator: try SoftwareAuthenticator(), handle: key.handle)
        forger.authenticator.credentialID = key.authenticator.credentialID
        answers.append(finish(try forger.answer(options())))
        answers.append(finish(try TestKey(authenticator: key.authenticator, handle: [1]).answer(options())))
        answers.append(finish(try key.answer(challenge: Base64.url([UInt8](repeating: 7, count: 56)))))
        for answer in answers {
            #expect(answer.status == 401 && answer.code == "invalid_credentials")
            #expect(answer.string("detail") == answers[0].string("detail"))
            #expect(answer.fields.map(\.name) == answers[0].fields.map(\.name))
        }
        #expect(try installation.count("session") == 0)
        let unknown = try installation.audit(.loginFailed).filter { $0.account == nil }
        #expect(unknown.map { $0.details["reason"] } == ["unknown_key"])
    }

    @Test func `a stranger's answer leaves no challenge, and makes none good again that was answered`() throws {
        let stranger = TestKey(authenticator: try SoftwareAuthenticator(), handle: key.handle)
        let (given, other) = (options(), options())
        func used() throws -> Int { try installation.count("used_challenge") }
        for _ in 0..<2 { #expect(finish(try stranger.answer(given)).code == "invalid_credentials") }
        #expect(try used() == 0)
        let answer = try key.answer(given)
        #expect(finish(answer).status == 200)
        #expect(try used() == 1)
        key.authenticator.flags = 0x01
        #expect(finish(try key.answer(other)).code == "invalid_credentials")
        #expect(try used() == 2)
        key.authenticator.flags = 0x05
        for challenge in [given, other] {
            #expect(finish(try stranger.answer(challenge)).code == "invalid_credentials")
            #expect(finish(try key.answer(challenge)).code == "invalid_credentials")
        }
        #expect(finish(answer).code == "invalid_credentials")
        #expect(try used() == 2)
        #expect(try installation.count("session") == 1)
    }

    @Test func `a passkey logs in whichever way its backup state changes, but not with one that cannot be`() throws {
        try installation.execute("UPDATE factor SET backup_eligible = 1")
        // It may be backed up, it is, and it is no longer.
        for (flags, stored) in [(0x0D, "0"), (0x1D, "1"), (0x0D, "0"), (0x1D, "1")] as [(UInt8, String)] {
            key.authenticator.flags = flags
            #expect(finish(try key.answer(options())).status == 200)
            #expect(try installation.connection().value("SELECT backed_up FROM factor") == stored)
        }
        // As an authenticator tells that lost its eligibility, or never had it.
        key.authenticator.flags = 0x05
        #expect(finish(try key.answer(options())).status == 200)
        key.authenticator.flags = 0x15
        #expect(finish(try key.answer(options())).code == "invalid_credentials")
        #expect(try installation.count("session") == 5)
    }

    @Test func `a cookie that was not given out is not handed back`() throws {
        let installation = try TestInstallation(publicLogin: true)
        func cookie(_ value: String) throws -> String {
            let options = installation.call(
                "POST", "/auth/login/passkey/options",
                fields: ["Sec-Fetch-Site": "same-origin", "Cookie": "__Host-postern_passkey=\(value)"])
            return try #require(options.fields[.setCookie])
        }
        let good = Base64.url([UInt8](repeating: 7, count: 32))
        #expect(try cookie(good).hasPrefix("__Host-postern_passkey=\(good);"))
        let (dots, second) = (String(repeating: ".", count: 43), String(repeating: "B", count: 43))
        for value in [dots, "<script>" + good.dropFirst(8), second, good + "A", String(good.dropLast())] {
            let answered = try cookie(value)
            #expect(!answered.contains(value))
            #expect(answered.wholeMatch(of: /__Host-postern_passkey=[A-Za-z0-9_-]{43}; .*/) != nil, "\(answered)")
        }
    }

    @Test func `a challenge is good for five minutes, and for the program that got it`() throws {
        let other = try installation.token(scopes: [.login])
        let answer = try key.answer(options())
        #expect(finish(answer, token: other).code == "invalid_credentials")
        let next = try key.answer(options())
        installation.clock.advance(by: 300)
        #expect(finish(next).code == "invalid_credentials")
        let last = try key.answer(options())
        installation.clock.advance(by: 299)
        #expect(finish(last).status == 200)
    }

    @Test func `a browser is known by the cookie that came with the options`() throws {
        let installation = try TestInstallation(publicLogin: true)
        let ann = try installation.addAccount(Self.email, password: Person.password)
        let key = try installation.addKey(to: ann)
        let own = ["Sec-Fetch-Site": "same-origin"]
        let options = installation.call("POST", "/auth/login/passkey/options", fields: own)
        let cookie = try #require(options.fields[.setCookie])
        #expect(cookie.hasPrefix("__Host-postern_passkey="))
        #expect(cookie.hasSuffix("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=300"))
        let pair = String(cookie.prefix { $0 != ";" })
        func finish(_ fields: [String: String]) throws -> TestAnswer {
            installation.call(
                "POST", "/auth/login/passkey", #"{"credential": \#(try key.answer(options))}"#,
                fields: own.merging(fields) { $1 })
        }
        let other = String(pair.dropLast(2)) + (pair.hasSuffix("AA") ? "BB" : "AA")
        #expect(try finish([:]).code == "invalid_credentials")
        #expect(try finish(["Cookie": other]).code == "invalid_credentials")
        #expect(try finish(["Cookie": pair, "Sec-Fetch-Site": "cross-site"]).code == "cross_origin")
        // The answer of another browser is no answer to this one's challenge.
        #expect(try finish(["Cookie": pair]).status == 200)
        // Another page of the same browser gets the same one.
        let again = installation.call(
            "POST", "/auth/login/passkey/options", fields: own.merging(["Cookie": pair]) { $1 })
        #expect(again.fields[.setCookie] == cookie)
    }

    @Test func `an inactive account is told so, to whoever has its passkey`() throws {
        _ = try installation.service.update(ann.id, AccountForm(state: .inactive), by: .operator)
        let answer = finish(try key.answer(options()))
        #expect(answer.status == 403 && answer.code == "account_inactive")
        key.authenticator.origin = "https://evil.example.test"
        #expect(finish(try key.answer(options())).code == "invalid_credentials")
    }

    @Test func `a counter that went back is refused and told, and a key that becomes backed up logs in`() throws {
        try installation.execute("UPDATE factor SET signature_count = 5")
        key.authenticator.counter = 5
        #expect(finish(try key.answer(options())).code == "invalid_credentials")
        #expect(try installation.audit(.passkeyCounterWentBack).map(\.account) == [ann.id])
        key.authenticator.counter = 6
        key.authenticator.flags = 0x1D
        #expect(finish(try key.answer(options())).status == 200)
    }

    @Test func `a security key logs nobody in without a password, although it has verified its user`() throws {
        try installation.execute("UPDATE factor SET kind = 'security_key'")
        #expect(finish(try key.answer(options())).code == "invalid_credentials")
        #expect(try installation.count("session") == 0)
    }

    @Test func `it needs a public address and the keys`() throws {
        for (installation, code) in [
            (try TestInstallation(publicURL: nil), "not_found"), (try TestInstallation(hasKeys: false), "unavailable"),
        ] {
            #expect(installation.post("/auth/login/passkey/options").code == code)
            let body = #"{"credential": \#(try key.answer(challenge: "AAAA"))}"#
            #expect(installation.post("/auth/login/passkey", body).code == code)
        }
        #expect(installation.post("/auth/login/passkey", "{}").faults == ["/credential required"])
        #expect(
            installation.post("/auth/login/passkey", #"{"credential": {"id": 1}}"#).faults
                == ["/credential invalid_format"])
    }

    @Test func `strangers' failures count for their address`() throws {
        let policy = ThrottlePolicy(address: .window(limit: 3, seconds: 900))
        let installation = try TestInstallation(throttle: policy)
        func failure() throws -> TestAnswer {
            let stranger = TestKey(authenticator: try SoftwareAuthenticator(), handle: key.handle)
            let options = installation.post("/auth/login/passkey/options")
            return installation.call(
                "POST", "/auth/login/passkey", #"{"credential": \#(try stranger.answer(options))}"#,
                token: installation.adminToken, fields: ["X-Client-Address": "203.0.113.66"])
        }
        for _ in 0..<3 { #expect(try failure().status == 401) }
        #expect(try failure().status == 429)
        #expect(try installation.audit(.loginFailed).count == 3)
    }
}
