import Cryptography
import Foundation
import HTTPTypes
import Identity
import InMemoryLogging
import JSON
import Logging
import TestSupport
import Testing

/// A login in two steps.
struct SecondFactorLoginTests {
    static let email = "ann@example.test"
    let installation: TestInstallation
    let ann: Account
    let totp: TOTP

    init() throws {
        installation = try TestInstallation()
        ann = try installation.addAccount(Self.email, password: Person.password)
        totp = try installation.addTOTP(to: ann)
    }

    private func firstStep(_ fields: [String: String] = [:], token: String? = nil) throws -> String {
        try installation.firstStep(Self.email, fields: fields, token: token)
    }

    @Test func `a password begins no session where the account has a second factor`() throws {
        let answer = installation.login(Self.email, Person.password)
        #expect(answer.status == 401 && answer.code == "second_factor_required")
        #expect(answer.fields[.setCookie] == nil)
        #expect(answer.fields[.wwwAuthenticate] == #"Bearer realm="postern""#)
        let token = try #require(answer.string("login_token"))
        #expect(token.hasPrefix("psl_"))
        #expect(answer.object["methods"] as? [String] == ["totp"])
        #expect(answer.string("expires_at") == "\(installation.clock.now + 300)")
        #expect(try installation.count("session") == 0)
        #expect(try installation.audit(.loginSucceeded).isEmpty)
        let everything = String(decoding: try installation.connection().everything(), as: UTF8.self)
        #expect(!everything.contains(token))
        #expect(installation.login(Self.email, "wrong").code == "invalid_credentials")
    }

    @Test func `a code finishes it, once, and the session rests on both`() throws {
        let token = try firstStep()
        let answer = installation.finish(token, "totp", try installation.code(of: totp))
        #expect(answer.status == 200, "\(answer.body)")
        #expect(answer.string("email") == Self.email)
        let session = try #require(answer.sessionToken)
        #expect(installation.get("/auth/session", session).status == 200)
        let row = try installation.connection().rows(
            "SELECT methods, authenticated_at, second_factor_at FROM session")[0]
        let now = "\(installation.clock.now.secondsSince1970)"
        #expect(row == ["3", now, now])
        #expect(try installation.count("pending_login") == 0)
        #expect(installation.finish(token, "totp", try installation.code(of: totp, later: 1)).code == "login_expired")
        let success = try #require(try installation.audit(.loginSucceeded).first)
        #expect(success.details == ["factor": "totp"])
        let use = try #require(try installation.audit(.factorUsed).first)
        #expect(use.account == ann.id && use.target?.hasPrefix("fac_") == true && use.details == ["method": "totp"])
        #expect(installation.login(Self.email, Person.password).object["methods"] as? [String] == ["totp"])
    }

    @Test func `a code beside the password does it at once`() throws {
        let wrong = installation.login(Self.email, code: try installation.wrongCode(of: totp))
        #expect(wrong.status == 401 && wrong.code == "invalid_credentials" && wrong.sessionToken == nil)
        let right = installation.login(Self.email, code: try installation.code(of: totp))
        #expect(right.status == 200 && right.sessionToken != nil)
        #expect(installation.login(Self.email, code: try installation.code(of: totp)).code == "invalid_credentials")
        try installation.addAccount("bob@example.test", password: Person.password)
        #expect(installation.login("bob@example.test", code: "123456").status == 200)
        #expect(try installation.count("pending_login") == 0)
        let failures = try installation.audit(.factorFailed)
        #expect(failures.map(\.details["reason"]) == ["used_code", "wrong_code"])
        #expect(failures.allSatisfy { $0.account == ann.id })
    }

    // hanko PR#2723, nextcloud/twofactor_totp#245
    @Test func `a code works once, and so does none from before it`() throws {
        installation.clock.advance(by: 60)
        let (first, other) = (try firstStep(), try firstStep())
        let (earlier, now) = (try installation.code(of: totp, later: -1), try installation.code(of: totp))
        #expect(installation.finish(first, "totp", now).status == 200)
        for code in [now, earlier] {
            #expect(installation.finish(other, "totp", code).code == "invalid_credentials")
        }
        #expect(installation.finish(other, "totp", try installation.code(of: totp, later: 1)).status == 200)
    }

    @Test func `a recovery code works once, and is asked for no more once all are used`() throws {
        let code = try RecoveryCode(random: OpenSSLRandomSource())
        try installation.addRecoveryCodes([code], to: ann)
        let answer = installation.login(Self.email, Person.password)
        #expect(answer.object["methods"] as? [String] == ["totp", "recovery_code"])
        let (first, other) = (try firstStep(), try firstStep())
        #expect(installation.finish(first, "recovery_code", code.text.lowercased()).status == 200)
        #expect(installation.finish(other, "recovery_code", code.text).code == "invalid_credentials")
        #expect(installation.login(Self.email, Person.password).object["methods"] as? [String] == ["totp"])
        #expect(try installation.audit(.recoveryCodeUsed).map(\.account) == [ann.id])
        #expect(try installation.audit(.factorUsed).isEmpty)
    }

    @Test func `the method used last comes first`() throws {
        let code = try RecoveryCode(random: OpenSSLRandomSource())
        let more = try RecoveryCode(random: OpenSSLRandomSource())
        try installation.addRecoveryCodes([code, more], to: ann)
        #expect(installation.login(Self.email, code: code.text).status == 200)
        let answer = installation.login(Self.email, Person.password)
        #expect(answer.object["methods"] as? [String] == ["recovery_code", "totp"])
    }

    @Test func `only the caller that began it may finish it`() throws {
        let other = try installation.token(scopes: [.login])
        let token = try firstStep()
        let code = try installation.code(of: totp)
        #expect(installation.finish(token, "totp", code, token: other).code == "login_expired")
        #expect(installation.secondFactorOptions(token, token: other).code == "login_expired")
        #expect(installation.finish(token, "totp", code).status == 200)
    }

    @Test func `a browser finishes what a browser began, and no program does, nor another site`() throws {
        let installation = try TestInstallation(publicLogin: true)
        let ann = try installation.addAccount(Self.email, password: Person.password)
        let totp = try installation.addTOTP(to: ann)
        let own = ["Sec-Fetch-Site": "same-origin"]
        let begun = installation.call(
            "POST", "/auth/login", TestInstallation.credentials(Self.email, Person.password), fields: own)
        let token = try #require(begun.string("login_token"))
        let code = try installation.code(of: totp)
        #expect(installation.finish(token, "totp", code).code == "login_expired")
        let body = #"{"login_token": "\#(token)", "method": "totp", "code": "\#(code)"}"#
        let foreign = installation.call(
            "POST", "/auth/login/second-factor", body, fields: ["Sec-Fetch-Site": "cross-site"])
        #expect(foreign.code == "cross_origin")
        #expect(installation.call("POST", "/auth/login/second-factor", body, fields: own).status == 200)
        let byProgram = try installation.firstStep(Self.email)
        let later = #"{"login_token": "\#(byProgram)", "method": "totp", "code": "000000"}"#
        #expect(installation.call("POST", "/auth/login/second-factor", later, fields: own).code == "login_expired")
    }

    @Test func `it is over after five minutes`() throws {
        let token = try firstStep()
        installation.clock.advance(by: 299)
        #expect(installation.finish(token, "totp", try installation.wrongCode(of: totp)).code == "invalid_credentials")
        installation.clock.advance(by: 1)
        #expect(installation.finish(token, "totp", try installation.code(of: totp)).code == "login_expired")
        for text in ["", "psl_x", installation.adminToken] {
            #expect(installation.finish(text, "totp", "123456").code == "login_expired")
        }
    }

    @Test func `it is over after five wrong answers`() throws {
        let token = try firstStep()
        let wrong = try installation.wrongCode(of: totp)
        for _ in 0..<5 { #expect(installation.finish(token, "totp", wrong).code == "invalid_credentials") }
        #expect(installation.finish(token, "totp", try installation.code(of: totp)).code == "login_expired")
        #expect(installation.secondFactorOptions(token).code == "login_expired")
    }

    // flask-security#258, gumroad PR#4065
    @Test func `it ends with the password, and with the account's activity`() throws {
        let token = try firstStep()
        let password = try installation.service.resetPassword(of: ann.id, by: .operator)
        #expect(installation.finish(token, "totp", try installation.code(of: totp)).code == "login_expired")
        let begun = installation.login(Self.email, password)
        let other = try #require(begun.string("login_token"))
        _ = try installation.service.update(ann.id, AccountForm(state: .inactive), by: .operator)
        #expect(installation.finish(other, "totp", try installation.code(of: totp)).code == "login_expired")
        #expect(try installation.count("pending_login") == 0)
    }

    @Test func `five wait for an account and a network, and the oldest goes`() throws {
        let elsewhere = try firstStep(["X-Client-Address": "198.51.100.1"])
        var tokens: [String] = []
        for _ in 0..<6 {
            tokens.append(try firstStep())
            installation.clock.advance(by: 1)
        }
        #expect(try installation.count("pending_login") == 6)
        let wrong = try installation.wrongCode(of: totp)
        #expect(installation.finish(tokens[0], "totp", wrong).code == "login_expired")
        for token in tokens.dropFirst() + [elsewhere] {
            #expect(installation.finish(token, "totp", wrong).code == "invalid_credentials")
        }
    }

    @Test func `who knows the password ends no login of another network, and keeps nobody out of the own`() throws {
        func flood(_ address: String) throws {
            for _ in 0..<12 { _ = try firstStep(["X-Client-Address": address]) }
        }
        let token = try firstStep()
        try flood("203.0.113.66")
        #expect(try installation.count("pending_login") == 6)
        #expect(installation.finish(token, "totp", try installation.code(of: totp)).status == 200)
        let lost = try firstStep()
        installation.clock.advance(by: 1)
        try flood("192.0.2.1")
        let code = try installation.code(of: totp, later: 1)
        #expect(installation.finish(lost, "totp", code).code == "login_expired")
        // A new one is never refused, and a code beside the password needs none.
        #expect(installation.login(Self.email, code: code).status == 200)
        installation.clock.advance(by: 60)
        let last = try firstStep()
        #expect(installation.finish(last, "totp", try installation.code(of: totp)).status == 200)
    }

    @Test func `a reset of the password leaves the factor to be asked for`() throws {
        let reset = installation.post("/account/\(ann.id)/reset-password", "{}")
        let password = try #require(reset.string("new_password"))
        let begun = installation.login(Self.email, password)
        #expect(begun.code == "second_factor_required" && begun.sessionToken == nil)
        #expect(begun.object["methods"] as? [String] == ["totp"])
        let token = try #require(begun.string("login_token"))
        #expect(installation.finish(token, "totp", try installation.wrongCode(of: totp)).code == "invalid_credentials")
        #expect(try installation.count("session") == 0)
        let answer = installation.finish(token, "totp", try installation.code(of: totp))
        #expect(answer.status == 200 && answer.object["password_change_required"] as? Bool == true)
        // Neither does the change to a password of one's own.
        let session = try #require(answer.sessionToken)
        let body = #"{"current_password": "\#(password)", "new_password": "\#(Person.password)"}"#
        #expect(installation.call("PUT", "/account/me", body, token: session).status == 200)
        #expect(installation.login(Self.email, Person.password).code == "second_factor_required")
    }

    @Test func `what it needs is told, and what it has no use for is ignored`() throws {
        func faults(_ body: String) -> [String] { installation.post("/auth/login/second-factor", body).faults }
        #expect(faults("{}") == ["/method required", "/login_token required"])
        #expect(faults(#"{"login_token": "x", "method": "sms"}"#) == ["/method out_of_range"])
        #expect(faults(#"{"login_token": "x", "method": "totp"}"#) == ["/code required"])
        #expect(faults(#"{"login_token": "x", "method": "recovery_code"}"#) == ["/code required"])
        #expect(faults(#"{"login_token": "x", "method": "passkey"}"#) == ["/credential required"])
        for credential in ["1", "{}", #"{"id": "x"}"#] {
            let body = #"{"login_token": "x", "method": "passkey", "credential": \#(credential)}"#
            #expect(faults(body).first?.hasPrefix("/credential ") == true)
        }
        #expect(installation.post("/auth/login/second-factor/options", "{}").faults == ["/login_token required"])
        let body = #"{"login_token": "\#(try firstStep())", "method": "totp", "x": 1, "#
        let code = try installation.code(of: totp)
        #expect(installation.post("/auth/login/second-factor", body + #""code": "\#(code)"}"#).status == 200)
    }

    @Test func `without the keys nobody gets in, and nothing counts as a guess`() throws {
        let installation = try TestInstallation(throttle: ThrottlePolicy())
        let ann = try installation.addAccount(Self.email, password: Person.password)
        let totp = try installation.addTOTP(to: ann)
        try installation.execute("UPDATE factor SET sealed = \(TestInstallation.blob([1, 2, 3]))")
        let token = try installation.firstStep(Self.email)
        let answer = installation.finish(token, "totp", try installation.code(of: totp))
        #expect(answer.status == 503 && answer.code == "unavailable" && answer.sessionToken == nil)
        #expect(try installation.attempts(.secondFactor, account: Self.email) == 0)
        #expect(try installation.attempts(.secondFactorDay, account: Self.email) == 0)
        let without = try TestInstallation(hasKeys: false)
        let bob = try without.addAccount("bob@example.test", password: Person.password)
        try without.addKey(to: bob, kind: .securityKey)
        #expect(without.login("bob@example.test", code: "4K7QX-M9D2A").code == "unavailable")
    }

    @Test func `its tokens are no credentials`() throws {
        let random = OpenSSLRandomSource()
        let pending = try firstStep()
        for token in [pending, try BearerToken(.device, random: random).text] {
            #expect(installation.get("/auth/session", token).code == "invalid_token")
            let cookie = installation.call(
                "GET", "/auth/session", fields: ["Cookie": "__Host-postern_session=\(token)"])
            #expect(cookie.code == "invalid_token")
        }
        #expect(installation.finish(pending, "totp", try installation.code(of: totp)).status == 200)
    }

    @Test func `the log tells a login that waits from one that fails`() throws {
        let token = try firstStep()
        _ = installation.finish(token, "totp", try installation.wrongCode(of: totp))
        _ = installation.finish(token, "totp", try installation.code(of: totp))
        let lines = installation.logs.entries.filter { "\($0.message)".hasPrefix("login ") }
        #expect(
            lines.map { "\($0.message)" } == [
                "login waits for a second factor", "login failed", "login succeeded",
            ])
        let fields = lines.map { $0.metadata.mapValues { "\($0)" } }
        #expect(fields.map { $0["methods"] } == ["totp", nil, "password,totp"])
        #expect(fields.map { $0["reason"] } == [nil, "wrong_code", nil])
        #expect(fields.allSatisfy { $0["account"] == "\(ann.id)" && $0["client"] == "192.0.2.1" })
    }
}

/// The second step by a passkey or security key.
struct SecondFactorKeyTests {
    static let email = "ann@example.test"
    let installation: TestInstallation
    let ann: Account

    init() throws {
        installation = try TestInstallation()
        ann = try installation.addAccount(Self.email, password: Person.password)
    }

    // keycloak#49921, better-auth#6192
    @Test func `an assertion finishes a login, and is refused a second time`() throws {
        let key = try installation.addKey(to: ann, kind: .securityKey)
        key.authenticator.flags = 0x01
        let token = try installation.firstStep(Self.email)
        let options = installation.secondFactorOptions(token)
        #expect(options.status == 200)
        #expect(options.string("rpId") == "auth.example.test" && options.string("userVerification") == "discouraged")
        let allowed = try #require(options.object["allowCredentials"] as? [[String: Any]])
        #expect(allowed.map { $0["id"] as? String } == [Base64.url(key.authenticator.credentialID)])
        let answer = try key.answer(options)
        #expect(installation.finish(token, "passkey", answer).status == 200)
        let other = try installation.firstStep(Self.email)
        #expect(installation.finish(other, "passkey", answer).code == "invalid_credentials")
        _ = installation.secondFactorOptions(other)
        #expect(installation.finish(other, "passkey", answer).code == "invalid_credentials")
        #expect(try installation.connection().value("SELECT methods FROM session") == "5")
        #expect(try installation.connection().value("SELECT second_factor_at FROM session") != nil)
    }

    // keycloak#49921, better-auth#6192
    @Test func `a challenge is gone with the first answer, also a wrong one`() throws {
        let key = try installation.addKey(to: ann)
        let token = try installation.firstStep(Self.email)
        let options = installation.secondFactorOptions(token)
        let good = try key.answer(options)
        key.authenticator.origin = "https://evil.example.test"
        #expect(installation.finish(token, "passkey", try key.answer(options)).code == "invalid_credentials")
        #expect(installation.finish(token, "passkey", good).code == "invalid_credentials")
        key.authenticator.origin = "https://auth.example.test"
        let again = installation.secondFactorOptions(token)
        // A code that is wrong takes it away, too.
        #expect(installation.finish(token, "totp", "123456").code == "invalid_credentials")
        #expect(installation.finish(token, "passkey", try key.answer(again)).code == "invalid_credentials")
        let last = installation.secondFactorOptions(token)
        #expect(installation.finish(token, "passkey", try key.answer(last)).status == 200)
        let reasons = try installation.audit(.factorFailed).map { $0.details["reason"] }
        #expect(reasons == ["no_challenge", "wrong_code", "no_challenge", "bad_assertion"])
    }

    @Test func `a key of another account is none of this one's`() throws {
        try installation.addKey(to: ann)
        let bob = try installation.addAccount("bob@example.test", password: Person.password)
        let other = try installation.addKey(to: bob)
        let token = try installation.firstStep(Self.email)
        let answer = try other.answer(installation.secondFactorOptions(token))
        #expect(installation.finish(token, "passkey", answer).code == "invalid_credentials")
        #expect(try installation.audit(.factorFailed).first?.details["reason"] == "unknown_key")
        #expect(try installation.count("session") == 0)
    }

    @Test func `a counter that went back is refused and told, unless the key may be backed up`() throws {
        let key = try installation.addKey(to: ann, counter: 7)
        func login() throws -> TestAnswer {
            let token = try installation.firstStep(Self.email)
            return installation.finish(token, "passkey", try key.answer(installation.secondFactorOptions(token)))
        }
        #expect(try login().code == "invalid_credentials")
        let event = try #require(try installation.audit(.passkeyCounterWentBack).first)
        #expect(event.account == ann.id && event.target?.hasPrefix("fac_") == true)
        key.authenticator.counter = 8
        #expect(try login().status == 200)
        // It becomes backed up, which excuses no counter: whoever has copied it could say so.
        key.authenticator.counter = 9
        key.authenticator.flags = 0x1D
        #expect(try login().status == 200)
        let stored = try installation.connection().rows(
            "SELECT signature_count, backup_eligible, backed_up FROM factor")[0]
        #expect(stored == ["9", "0", "1"])
        key.authenticator.counter = 0
        #expect(try login().code == "invalid_credentials")
        #expect(try installation.audit(.passkeyCounterWentBack).count == 2)
        // One that was made to be backed up has no counter to go by.
        try installation.execute("UPDATE factor SET backup_eligible = 1")
        #expect(try login().status == 200)
        #expect(try login().status == 200)
    }

    @Test func `a generator that cannot be opened makes no guess at another one free`() throws {
        let (first, _) = (try installation.addTOTP(to: ann), try installation.addTOTP(to: ann))
        try installation.execute(
            "UPDATE factor SET sealed = \(TestInstallation.blob([1])) WHERE id = (SELECT max(id) FROM factor)")
        for code in [try installation.wrongCode(of: first), try installation.code(of: first)] {
            #expect(installation.login(Self.email, code: code).code == "unavailable")
        }
        #expect(try installation.count("session") == 0)
    }

    @Test func `there are no options without a key or without a public address`() throws {
        _ = try installation.addTOTP(to: ann)
        #expect(installation.secondFactorOptions(try installation.firstStep(Self.email)).code == "not_found")
        let other = try TestInstallation(publicURL: nil)
        let bob = try other.addAccount("bob@example.test", password: Person.password)
        try other.addKey(to: bob)
        let answer = other.login("bob@example.test", Person.password)
        #expect(answer.object["methods"] as? [String] == [])
        #expect(other.secondFactorOptions(try #require(answer.string("login_token"))).code == "not_found")
    }
}
