import Cryptography
import Foundation
import HTTPTypes
import InMemoryLogging
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Identity

/// The confirmation of sessions.
struct ConfirmTests {
    let installation: TestInstallation
    let ann: Person

    init() throws {
        installation = try TestInstallation(throttle: ThrottlePolicy()) { $0.allowSecondFactors() }
        ann = try installation.person("ann")
    }

    private func confirm(
        _ members: [String: Any], _ session: String? = nil, in installation: TestInstallation? = nil
    ) throws -> TestAnswer {
        let body = String(decoding: try JSONSerialization.data(withJSONObject: members), as: UTF8.self)
        return (installation ?? self.installation).call(
            "POST", "/auth/confirm", body, token: session ?? ann.session)
    }

    private func confirm(password: String = Person.password, _ session: String? = nil) throws -> TestAnswer {
        try confirm(["method": "password", "password": password], session)
    }

    private func session(_ token: String) -> [String: Any] {
        installation.get("/auth/session", token).object
    }

    private func authentication(_ token: String) -> [String: Any] {
        session(token)["authentication"] as? [String: Any] ?? [:]
    }

    @Test func `a password confirms, and the session gets another token`() throws {
        let id = (session(ann.session)["credential"] as? [String: Any])?["id"] as? String
        installation.clock.advance(by: 1000)
        let answer = try confirm()
        #expect(answer.status == 200)
        #expect(
            answer.body
                == #"{"authenticated_at":"2026-02-08T14:29:25Z","fresh_until":{"low":"2026-02-09T14:29:25Z","#
                + #""medium":"2026-02-08T15:29:25Z","high":"2026-02-08T14:44:25Z"}}"#)
        let token = try #require(answer.sessionToken)
        #expect(token != ann.session && token.hasPrefix("pss_"))
        #expect((session(token)["credential"] as? [String: Any])?["id"] as? String == id)
        #expect(authentication(token)["authenticated_at"] as? String == "2026-02-08T14:29:25Z")
        #expect(authentication(token)["second_factor_at"] is NSNull)
        #expect(installation.get("/auth/session", ann.session).code == "invalid_token")
        let event = try #require(try installation.audit(.sessionConfirmed).first)
        #expect(event.target == id && event.account == ann.account.id && event.details == ["method": "password"])
    }

    @Test func `the cookie of a token that was rotated is not cleared, as long as the session lasts`() throws {
        func ask(_ token: String) -> TestAnswer {
            installation.call("GET", "/auth/session", fields: ["Cookie": "__Host-postern_session=\(token)"])
        }
        let token = try #require(try confirm().sessionToken)
        let answer = ask(ann.session)
        #expect(answer.code == "invalid_token" && answer.fields[.setCookie] == nil)
        let unknown = try BearerToken(.session, random: OpenSSLRandomSource()).text
        #expect(ask(unknown).fields[.setCookie]?.contains("Max-Age=0") == true)
        #expect(ask("pss_x").fields[.setCookie]?.contains("Max-Age=0") == true)
        #expect(installation.call("POST", "/auth/logout", token: token).status == 200)
        #expect(ask(ann.session).fields[.setCookie]?.contains("Max-Age=0") == true)
    }

    @Test func `a wrong password is refused, counted and noted, and the cookie stays`() throws {
        for _ in 0..<5 {
            let answer = try confirm(password: "a wrong password")
            #expect(answer.status == 401 && answer.code == "invalid_credentials")
            #expect(answer.fields[.setCookie] == nil)
        }
        #expect(try confirm().code == "too_many_attempts")
        let failed = try installation.audit(.loginFailed)
        #expect(failed.count == 5)
        #expect(failed.first?.details == ["reason": "confirmation", "method": "password"])
        installation.clock.advance(by: 900)
        let token = try #require(try confirm().sessionToken)
        // A success clears the counter.
        for _ in 0..<4 { #expect(try confirm(password: "a wrong password", token).status == 401) }
        #expect(try confirm(token).status == 200)
    }

    @Test func `an account with a second factor confirms by that, and by nothing else`() throws {
        let totp = try installation.addTOTP(to: ann.account)
        let refused = try confirm()
        #expect(refused.status == 400 && refused.faults == ["/method out_of_range"])
        #expect(try confirm(["method": "passkey", "credential": [:]]).status == 400)
        installation.clock.advance(by: 60)
        let answer = try confirm(["method": "totp", "code": try installation.code(of: totp)])
        let token = try #require(answer.sessionToken)
        #expect(authentication(token)["methods"] as? [String] == ["password", "totp"])
        #expect(authentication(token)["second_factor_at"] as? String == "2026-02-08T14:13:45Z")
        #expect(try installation.audit(.sessionConfirmed).first?.details == ["method": "totp"])
    }

    @Test func `a code serves once, and one of the past not at all`() throws {
        let totp = try installation.addTOTP(to: ann.account)
        let code = try installation.code(of: totp, later: 1)
        let token = try #require(try confirm(["method": "totp", "code": code]).sessionToken)
        for code in [code, try installation.code(of: totp), try installation.code(of: totp, later: 2), "000000", "x"] {
            let answer = try confirm(["method": "totp", "code": code], token)
            #expect(answer.status == 401 && answer.code == "invalid_credentials", "\(answer.body)")
        }
    }

    @Test func `a recovery code serves once, of thirty at the same time too`() throws {
        let sessions = try (0..<30).map { _ in try installation.begin(ann.email).token.text }
        let code = try installation.addRecoveryCodes(to: ann.account)[0]
        try installation.addTOTP(to: ann.account)
        // Without a limit on attempts: that they count is another test.
        let wins = Mutex(0)
        let account = ann.account
        concurrently(30) { index in
            let session = ConfirmedSession(
                session: try installation.principal(sessions[index]).sessionID, account: account.id,
                present: try #require(BearerToken(sessions[index])).hash,
                renewed: try BearerToken(.session, random: OpenSSLRandomSource()).hash)
            let digest = try installation.service.recoveryCodeDigest(code, of: account.id)
            let outcome = try untilTaken {
                try installation.store.confirm(
                    session, proof: .factor(FactorUse(.recoveryCode(digest))), attempt: ThrottleReservation(),
                    at: installation.clock.now, event: try installation.confirmed(session))
            }
            if case .confirmed = outcome { wins.withLock { $0 += 1 } }
        }
        #expect(wins.withLock { $0 } == 1)
        #expect(try confirm(["method": "recovery_code", "code": code]).code == "invalid_credentials")
    }

    @Test func `fifty guesses at the same time count as fifty`() throws {
        try installation.addTOTP(to: ann.account)
        let statuses = Mutex<[Int]>([])
        concurrently(50) { _ in
            let answer = try confirm(["method": "totp", "code": "123456"])
            statuses.withLock { $0.append(answer.status) }
        }
        #expect(statuses.withLock { $0 }.filter { $0 == 401 }.count <= 5)
        #expect(statuses.withLock { $0 }.filter { $0 == 429 }.count >= 45)
    }

    @Test func `a passkey confirms, and its challenge is gone with the first answer`() throws {
        let other = try installation.begin(ann.email).token.text
        let key = try SoftwareAuthenticator()
        try installation.addPasskey(to: ann.account, key)
        func challenge(_ session: String) throws -> [UInt8] {
            let answer = installation.call("POST", "/auth/confirm/options", token: session)
            #expect(answer.status == 200)
            #expect(answer.object["rpId"] as? String == "auth.example.test")
            #expect((answer.object["allowCredentials"] as? [Any])?.count == 1)
            return try #require(Base64.decode(Array(answer.string("challenge")!.utf8)[...], .url))
        }
        func confirm(_ assertion: [UInt8], _ session: String) -> TestAnswer {
            let text = String(decoding: assertion, as: UTF8.self)
            return installation.call(
                "POST", "/auth/confirm", #"{"method": "passkey", "credential": \#(text)}"#, token: session)
        }
        var session = ann.session
        let first = try key.assertion(challenge: challenge(session))
        let answer = confirm(first, session)
        #expect(answer.status == 200, "\(answer.body)")
        session = try #require(answer.sessionToken)
        #expect(authentication(session)["methods"] as? [String] == ["password", "passkey"])
        #expect(confirm(first, session).code == "invalid_credentials")
        // Gone after a wrong answer too, and after 5 minutes.
        let second = try challenge(session)
        #expect(
            try confirm(SoftwareAuthenticator().assertion(challenge: second), session).code == "invalid_credentials")
        #expect(try confirm(key.assertion(challenge: second), session).code == "invalid_credentials")
        let third = try challenge(session)
        installation.clock.advance(by: 300)
        #expect(try confirm(key.assertion(challenge: third), session).code == "invalid_credentials")
        // The challenge of another session does not do, and no number of wrong assertions shuts the owner out.
        let fourth = try challenge(other)
        for _ in 0..<40 { #expect(try confirm(key.assertion(challenge: fourth), session).status == 401) }
        #expect(try confirm(key.assertion(challenge: challenge(session)), session).status == 200)
    }

    /// The answer to a confirmation by a passkey, with options that are asked for first.
    private func confirm(
        by key: SoftwareAuthenticator, _ session: String, verification: String = "preferred"
    ) throws -> TestAnswer {
        let options = installation.call("POST", "/auth/confirm/options", token: session)
        #expect(options.string("userVerification") == verification)
        let text = try #require(options.string("challenge"))
        let challenge = try #require(Base64.decode(text, .url))
        let assertion = String(decoding: try key.assertion(challenge: challenge), as: UTF8.self)
        return installation.call(
            "POST", "/auth/confirm", #"{"method": "passkey", "credential": \#(assertion)}"#, token: session)
    }

    @Test func `wrong assertions are counted for their session, and a right one gives its attempt back`() throws {
        let other = try installation.begin(ann.email).token.text
        let (key, stranger) = (try SoftwareAuthenticator(), try SoftwareAuthenticator())
        try installation.addPasskey(to: ann.account, key)
        for _ in 0..<49 { #expect(try confirm(by: stranger, ann.session).code == "invalid_credentials") }
        let session = try #require(try confirm(by: key, ann.session).sessionToken)
        #expect(try confirm(by: stranger, session).code == "invalid_credentials")
        for key in [stranger, key] { #expect(try confirm(by: key, session).code == "too_many_attempts") }
        #expect(try installation.audit(.factorFailed).count == 50)
        #expect(try confirm(by: key, other).status == 200)
        installation.clock.advance(by: 900)
        #expect(try confirm(by: key, session).status == 200)
    }

    @Test func `a session without a password is confirmed by a passkey that verifies its user, and no other`() throws {
        let key = try SoftwareAuthenticator()
        try installation.addPasskey(to: ann.account, key)
        key.flags = 0x01
        let session = try #require(try confirm(by: key, ann.session).sessionToken)
        try installation.setAuthentication(of: ann.account, .passkey, factorAge: 0)
        #expect(try confirm(by: key, session, verification: "required").code == "invalid_credentials")
        key.flags = 0x05
        #expect(try confirm(by: key, session, verification: "required").status == 200)
    }

    @Test func `a counter that went back is refused, and told by an entry of its own`() throws {
        let key = try SoftwareAuthenticator()
        try installation.addPasskey(to: ann.account, key)
        try installation.execute("UPDATE factor SET signature_count = 5")
        key.counter = 5
        #expect(try confirm(by: key, ann.session).code == "invalid_credentials")
        let event = try #require(try installation.audit(.passkeyCounterWentBack).first)
        #expect(event.account == ann.account.id && event.target?.hasPrefix("fac_") == true)
        #expect(try installation.audit(.factorFailed).count == 1)
        key.counter = 6
        #expect(try confirm(by: key, ann.session).status == 200)
        #expect(try installation.audit(.passkeyCounterWentBack).count == 1)
    }

    @Test func `the log has a line for each failure, with the address of a browser alone`() throws {
        let body = #"{"method": "password", "password": "wrong and long"}"#
        #expect(installation.call("POST", "/auth/confirm", body, token: ann.session).status == 401)
        let own = ["Cookie": "__Host-postern_session=\(ann.session)", "Origin": "https://auth.example"]
        for _ in 0..<5 { _ = installation.call("POST", "/auth/confirm", body, fields: own) }
        #expect(installation.call("POST", "/auth/confirm", "{}", fields: own).status == 400)
        let lines = installation.logs.entries.filter { "\($0.message)" == "confirmation failed" }
        let fields = lines.map { $0.metadata.mapValues { "\($0)" } }
        #expect(
            fields.map { $0["code"] } == Array(repeating: "invalid_credentials", count: 5) + ["too_many_attempts"])
        #expect(fields.last?["throttled"] == "password")
        #expect(fields.map { $0["client"] != nil } == [false, true, true, true, true, true])
        #expect(fields.allSatisfy { $0["account"] == "\(ann.account.id)" && $0["session"] != nil })
        #expect(!lines.contains { "\($0.metadata)".contains(ann.email) })
    }

    @Test func `without an address for browsers there are no passkeys`() throws {
        let installation = try TestInstallation { service in
            service.allowSecondFactors()
            service.relyingParty = nil
        }
        let bob = try installation.person("bob")
        try installation.addPasskey(to: bob.account, SoftwareAuthenticator())
        #expect(installation.call("POST", "/auth/confirm/options", token: bob.session).code == "not_found")
    }

    @Test func `without a passkey there are no options`() {
        #expect(installation.call("POST", "/auth/confirm/options", token: ann.session).code == "not_found")
    }

    @Test func `keys that are missing are told, and let nobody pass`() throws {
        let totp = try installation.addTOTP(to: ann.account)
        var service = installation.service
        service.keyring = nil
        let caller = Caller(.principal(try installation.principal(ann.session)))
        #expect(throws: AuthenticationError.keys(.none)) {
            try service.confirm(.totp(try installation.code(of: totp)), presenting: ann.session, by: caller)
        }
    }

    @Test func `what is missing or unknown is told`() throws {
        #expect(try confirm([:]).faults == ["/method required"])
        #expect(try confirm(["method": "sms"]).faults == ["/method out_of_range"])
        #expect(try confirm(["method": "password"]).faults == ["/password required"])
        #expect(try confirm(["method": "totp", "code": 1]).faults == ["/code wrong_type"])
        #expect(try confirm(["method": "recovery_code"]).faults == ["/code required"])
        #expect(try confirm(["method": "passkey"]).faults == ["/credential required"])
        #expect(try confirm(["method": "passkey", "credential": "x"]).faults == ["/credential wrong_type"])
        #expect(try confirm(["method": "passkey", "credential": ["id": 1]]).faults == ["/credential invalid_format"])
    }

    @Test func `of two confirmations with one token at the same time one succeeds`() throws {
        let tokens = Mutex<[String]>([])
        let statuses = Mutex<[Int]>([])
        concurrently(8) { _ in
            let answer = try confirm()
            statuses.withLock { $0.append(answer.status) }
            if let token = answer.sessionToken { tokens.withLock { $0.append(token) } }
        }
        #expect(statuses.withLock { $0 }.filter { $0 == 200 }.count == 1)
        #expect(installation.get("/account/me", try #require(tokens.withLock { $0 }.first)).status == 200)
    }

    @Test func `it works under pending obligations, and needs the own origin`() throws {
        let installation = try TestInstallation { $0.allowSecondFactors(.required) }
        let bob = try installation.person("bob")
        let body = ["method": "password", "password": Person.password]
        #expect(installation.get("/account/me", bob.session).code == "second_factor_enrolment_required")
        let token = try #require(try confirm(body, bob.session, in: installation).sessionToken)
        let cookie = ["Cookie": "__Host-postern_session=\(token)"]
        let text = #"{"method": "password", "password": "\#(Person.password)"}"#
        #expect(installation.call("POST", "/auth/confirm", text, fields: cookie).code == "cross_origin")
        let own = installation.call(
            "POST", "/auth/confirm", text, fields: cookie.merging(["Origin": "https://auth.example"]) { $1 })
        #expect(own.status == 200)
    }
}

extension TestInstallation {
    fileprivate func principal(_ session: String) throws -> Principal {
        try #require(try service.authenticate(bearer: session))
    }

    fileprivate func confirmed(_ session: ConfirmedSession) throws -> AuditEvent {
        try service.event(.sessionConfirmed, by: .operator, account: session.account, target: "\(session.session)")
    }
}

extension Principal {
    fileprivate var sessionID: Identifier<Session> {
        get throws {
            guard case .session(let id) = credential else { throw AuthenticationError.sessionRequired }
            return id
        }
    }
}
