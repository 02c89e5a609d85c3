import Cryptography
import Foundation
import HTTPTypes
import Identity
import InMemoryLogging
import JSON
import Logging
import TestSupport
import Testing

/// The adding of second factors.
struct FactorEnrolmentTests {
    let installation: TestInstallation
    let ann: Person
    let enrolment: Enrolment

    init() throws {
        installation = try TestInstallation(
            throttle: ThrottlePolicy(), keyring: TestInstallation.newKeyring(),
            configure: { $0.relyingParty = .init(origin: "https://auth.example.test") })
        ann = try installation.person("ann")
        enrolment = Enrolment(installation, ann)
    }

    private var list: TestAnswer { installation.get("/account/factor", ann.session) }

    private func types() -> [String] {
        (list.object["factors"] as? [[String: Any]] ?? []).map { $0["type"] as? String ?? "-" }
    }

    @Test func `a generator counts once a code confirms it, and brings recovery codes with the first`() throws {
        let begun = try enrolment.begin()
        #expect(types() == [])
        #expect(begun.totp.secret.count == 20)
        let answer = enrolment.call("POST", "/account/factor/totp/confirm", begun.right)
        #expect(answer.status == 200)
        #expect(answer.string("id") == begun.id && answer.string("type") == "totp")
        #expect(answer.object["backed_up"] is NSNull)
        let codes = try #require(answer.object["recovery_codes"] as? [String])
        #expect(Set(codes).count == 10)
        #expect(codes.allSatisfy { $0.wholeMatch(of: /[0-9A-Z]{5}-[0-9A-Z]{5}/) != nil })
        #expect(types() == ["totp"])
        #expect(list.object["recovery_codes_left"] as? Int == 10)
        #expect(try enrolment.addGenerator().recoveryCodes == nil)
        #expect(types() == ["totp", "totp"])
        let events = try installation.audit(.factorAdded)
        #expect(events.count == 2 && events.last?.target == begun.id && events.last?.details == ["type": "totp"])
        let stored = try installation.connection().everything()
        for secret in codes + [begun.totp.secretText] { #expect(!stored.contains(Array(secret.utf8))) }
    }

    @Test func `the address for authenticator apps names installation and account, and has the secret`() throws {
        let answer = enrolment.call("POST", "/account/factor/totp")
        let secret = try #require(answer.string("secret"))
        #expect(
            answer.string("otpauth_uri")
                == "otpauth://totp/auth.example.test:ann%40example.test?secret=\(secret)&issuer=auth.example.test"
                + "&algorithm=SHA1&digits=6&period=30")
        #expect(answer.string("expires_at") == "2026-02-08T14:22:45Z")
    }

    // hanko PR#2723, nextcloud/twofactor_totp#245
    @Test func `the code that confirmed the set-up counts as used, and so do those before it`() throws {
        let added = try enrolment.addGenerator()
        let connection = try installation.connection()
        let step = TOTP.step(at: installation.clock.now.secondsSince1970)
        #expect(try connection.number("SELECT last_step FROM factor") == Int(step))
        let id = try #require(Identifier<Factor>(added.id))
        let material = try #require(try installation.store.factorMaterial(of: ann.account.id))
        #expect(material.generators.map(\.id) == [id] && material.generators.map(\.lastStep) == [step])
    }

    @Test func `the code that confirmed the set-up logs nobody in, and the next one does`() throws {
        let added = try enrolment.addGenerator()
        let code = try Enrolment.code(of: added.totp, at: installation.clock.now)
        #expect(installation.login(ann.email, code: code).code == "invalid_credentials")
        let token = try installation.firstStep(ann.email)
        #expect(installation.finish(token, "totp", code).code == "invalid_credentials")
        let confirm = #"{"method": "totp", "code": "\#(code)"}"#
        #expect(installation.call("POST", "/auth/confirm", confirm, token: ann.session).code == "invalid_credentials")
        #expect(try installation.audit(.factorFailed).map { $0.details["reason"] }.contains("used_code"))
        installation.clock.advance(by: 30)
        let next = try Enrolment.code(of: added.totp, at: installation.clock.now)
        #expect(installation.finish(token, "totp", next).status == 200)
    }

    @Test(.only(on: .sqlite, "its trigger is written in SQLite's language"))
    func `recovery codes that were made are answered, whatever becomes of the factor then`() throws {
        let begun = try enrolment.begin()
        // A read behind the change would not find it.
        try installation.execute(
            """
            CREATE TRIGGER gone AFTER UPDATE OF expires_at ON factor BEGIN DELETE FROM factor WHERE id = NEW.id; END
            """)
        let answer = enrolment.call("POST", "/account/factor/totp/confirm", begun.right)
        #expect(answer.status == 200 && answer.string("id") == begun.id && answer.string("type") == "totp")
        #expect(answer.object["last_used_at"] is NSNull && answer.string("created_at") != nil)
        #expect((answer.object["recovery_codes"] as? [String])?.count == 10)
    }

    @Test func `a key that was removed seals no generator, where this process has not heard of it`() throws {
        let key = try #require(installation.service.keyring).inUse
        // That of the counters, which the login has made, as if another key had sealed it anew.
        try installation.execute("DELETE FROM secret")
        #expect(try installation.store.retire(key) == 0)
        #expect(enrolment.call("POST", "/account/factor/totp").code == "unavailable")
        #expect(try installation.count("factor") == 0)
        let reasons = installation.logs.entries.map { "\($0.message)" }
        #expect(reasons.contains { $0.contains("the key \(key), which seals here, was removed from the key file") })
    }

    @Test func `the first factor ends all other sessions, and the one that adds it has proved it`() throws {
        let other = try installation.begin(ann.email).token.text
        _ = try enrolment.addGenerator()
        #expect(installation.get("/auth/session", other).status == 401)
        #expect(installation.get("/auth/session", ann.session).status == 200)
        let principal = try #require(try installation.service.authenticate(bearer: ann.session))
        let assurance = try #require(principal.assurance)
        #expect(assurance.authentication.secondFactorAt == installation.clock.now)
        #expect(assurance.authentication.methods == [.password, .totp])
        #expect(assurance.factors == [.totp, .recoveryCode])
        // The second one finds a session that has proved the first, and leaves others alone.
        let third = try installation.beginPastLogin(ann.email).token
        _ = try enrolment.addGenerator()
        #expect(installation.get("/auth/session", third).status == 200)
    }

    @Test func `a set-up is good for ten minutes, and one at a time`() throws {
        let first = try enrolment.begin()
        let second = try enrolment.begin()
        #expect(enrolment.call("POST", "/account/factor/totp/confirm", first.right).code == "not_found")
        installation.clock.advance(by: 599)
        let code = try Enrolment.code(of: second.totp, at: installation.clock.now)
        installation.clock.advance(by: 1)
        #expect(enrolment.call("POST", "/account/factor/totp/confirm", second.body(code)).code == "not_found")
        try installation.service.prune(at: installation.clock.now)
        #expect(try installation.connection().number("SELECT count(*) FROM factor") == 0)
        let third = try enrolment.begin()
        installation.clock.advance(by: 280)
        let late = try Enrolment.code(of: third.totp, at: installation.clock.now)
        #expect(enrolment.call("POST", "/account/factor/totp/confirm", third.body(late)).status == 200)
    }

    @Test func `wrong codes are throttled, and entered in the log`() throws {
        let begun = try enrolment.begin()
        let answers = (1...6).map { _ in enrolment.call("POST", "/account/factor/totp/confirm", begun.wrong) }
        #expect(answers.map(\.status) == [401, 401, 401, 401, 401, 429])
        #expect(answers[0].code == "invalid_credentials" && answers[5].code == "too_many_attempts")
        #expect(enrolment.call("POST", "/account/factor/totp/confirm", begun.right).status == 429)
        #expect(try installation.audit(.factorFailed).count == 5)
        // Another set-up is no way around it.
        let next = try enrolment.begin()
        #expect(enrolment.call("POST", "/account/factor/totp/confirm", next.right).status == 429)
        installation.clock.advance(by: 2)
        let code = try Enrolment.code(of: next.totp, at: installation.clock.now)
        #expect(enrolment.call("POST", "/account/factor/totp/confirm", next.body(code)).status == 200)
    }

    @Test func `of fifty parallel guesses five are checked`() throws {
        let begun = try enrolment.begin()
        concurrently(50) { _ in _ = enrolment.call("POST", "/account/factor/totp/confirm", begun.wrong) }
        #expect(try installation.audit(.factorFailed).count == 5)
    }

    @Test func `nobody confirms the generator of another`() throws {
        let begun = try enrolment.begin()
        let bob = try installation.person("bob")
        let answer = installation.call("POST", "/account/factor/totp/confirm", begun.right, token: bob.session)
        #expect(answer.code == "not_found")
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `a passkey is added by the answer to its options`(_ algorithm: SignatureAlgorithm) throws {
        let key = try SoftwareAuthenticator(algorithm)
        key.flags = 0x1D
        let answer = enrolment.call(
            "POST", "/account/factor/passkey", try enrolment.answer(of: key, to: .passkey, name: "Phone"))
        #expect(answer.status == 201, "\(answer.body)")
        #expect(answer.string("type") == "passkey" && answer.string("name") == "Phone")
        #expect(answer.object["backed_up"] as? Bool == true)
        #expect((answer.object["recovery_codes"] as? [String])?.count == 10)
        let stored = try #require(try installation.store.registeredKey(credential: key.credentialID))
        #expect(stored.account.id == ann.account.id && stored.key.isBackupEligible)
        #expect(stored.key.transports == ["internal", "hybrid"])
        #expect(stored.key.credential.publicKey == (try key.coseKey()))
    }

    @Test func `options name a handle that is the account's for good, and exclude its keys`() throws {
        let first = enrolment.call("POST", "/account/factor/passkey/options", "{}")
        let key = try SoftwareAuthenticator()
        try enrolment.addKey(key)
        let second = enrolment.call(
            "POST", "/account/factor/passkey/options", #"{"usage": "security_key"}"#)
        func user(_ answer: TestAnswer) -> [String: String]? { answer.object["user"] as? [String: String] }
        #expect(user(first)?["id"] == user(second)?["id"])
        #expect(user(first)?["name"] == ann.email)
        let handle = try #require(Base64.decode(Array((user(first)?["id"] ?? "").utf8)[...], .url))
        #expect(handle.count == 64)
        #expect((first.object["excludeCredentials"] as? [Any])?.isEmpty == true)
        let excluded = (second.object["excludeCredentials"] as? [[String: Any]])?.map { $0["id"] as? String }
        #expect(excluded == [Base64.url(key.credentialID)])
        let selection = second.object["authenticatorSelection"] as? [String: Any]
        #expect(selection?["userVerification"] as? String == "discouraged")
        #expect(first.string("challenge") != second.string("challenge"))
    }

    @Test func `a challenge is gone with the first answer, right or wrong, and after five minutes`() throws {
        let key = try SoftwareAuthenticator()
        let right = try enrolment.answer(of: key, to: .passkey)
        key.origin = "https://evil.example.test"
        let options = enrolment.call("POST", "/account/factor/passkey/options", "{}")
        let text = try #require(options.string("challenge"))
        let challenge = try #require(Base64.decode(Array(text.utf8)[...], .url))
        let wrong = String(decoding: try key.registration(challenge: challenge), as: UTF8.self)
        #expect(enrolment.call("POST", "/account/factor/passkey", right).faults == ["/credential invalid_format"])
        #expect(
            enrolment.call("POST", "/account/factor/passkey", #"{"credential": \#(wrong)}"#).faults
                == ["/credential invalid_format"])
        key.origin = "https://auth.example.test"
        let late = try enrolment.answer(of: key, to: .passkey)
        installation.clock.advance(by: 300)
        #expect(enrolment.call("POST", "/account/factor/passkey", late).status == 400)
        let once = try enrolment.answer(of: key, to: .passkey)
        #expect(enrolment.call("POST", "/account/factor/passkey", once).status == 201)
        #expect(enrolment.call("POST", "/account/factor/passkey", once).status == 400)
    }

    @Test func `what the browser must not have done is refused`() throws {
        func answer(_ change: (SoftwareAuthenticator) -> Void, _ usage: WebAuthn.Usage = .passkey) throws -> Int {
            let key = try SoftwareAuthenticator()
            change(key)
            return enrolment.call("POST", "/account/factor/passkey", try enrolment.answer(of: key, to: usage)).status
        }
        #expect(try answer { $0.flags = 0x01 } == 400)
        #expect(try answer { $0.origin = "https://auth.example.test.evil.test" } == 400)
        #expect(try answer { $0.clientDataMembers = [("crossOrigin", true)] } == 400)
        #expect(try answer { $0.relyingParty = "example.test" } == 400)
        #expect(try answer { $0.flags = 0x15 } == 400)
        #expect(types() == [])
        #expect(try answer({ $0.flags = 0x01 }, .securityKey) == 201)
        #expect(types() == ["security_key"])
    }

    @Test func `no two accounts have one credential, and no account has it twice`() throws {
        let key = try SoftwareAuthenticator()
        #expect(try enrolment.addKey(key).status == 201)
        #expect(try enrolment.addKey(key).code == "conflict")
        let bob = Enrolment(installation, try installation.person("bob"))
        #expect(try bob.addKey(key).code == "conflict")
        #expect(installation.get("/account/factor", bob.person.session).object["recovery_codes_left"] as? Int == 0)
        #expect(try installation.store.registeredKey(credential: key.credentialID)?.account.id == ann.account.id)
    }

    @Test func `an account has ten factors at most`() throws {
        let begun = try enrolment.begin()
        let key = try enrolment.answer(of: SoftwareAuthenticator(), to: .passkey)
        try enrolment.fill()
        #expect(enrolment.call("POST", "/account/factor/totp/confirm", begun.right).code == "conflict")
        #expect(enrolment.call("POST", "/account/factor/passkey", key).code == "conflict")
        #expect(enrolment.call("POST", "/account/factor/totp").code == "conflict")
        #expect(enrolment.call("POST", "/account/factor/passkey/options", "{}").code == "conflict")
    }

    @Test func `without a key file nothing is half made`() throws {
        let installation = try TestInstallation(hasKeys: false)
        let ann = try installation.person("ann")
        let enrolment = Enrolment(installation, ann)
        #expect(enrolment.call("POST", "/account/factor/totp").code == "unavailable")
        #expect(try enrolment.addKey(SoftwareAuthenticator()).code == "unavailable")
        #expect(try installation.connection().number("SELECT count(*) FROM factor") == 0)
        #expect(try installation.connection().number("SELECT count(*) FROM recovery_code") == 0)
        #expect(installation.get("/account/factor", ann.session).status == 200)
    }

    @Test func `the policy off lets nobody add one, and an installation without an address has no passkeys`() throws {
        let installation = try TestInstallation(
            keyring: TestInstallation.newKeyring(), configure: { $0.secondFactorPolicy = .off })
        let ann = try installation.person("ann")
        #expect(installation.call("POST", "/account/factor/totp", token: ann.session).code == "forbidden")
        let body = #"{"credential": {}}"#
        #expect(installation.call("POST", "/account/factor/passkey", body, token: ann.session).code == "forbidden")
        let other = try TestInstallation(publicURL: nil)
        let bob = try other.person("bob")
        #expect(other.call("POST", "/account/factor/passkey/options", "{}", token: bob.session).code == "not_found")
    }

    @Test func `all of it needs a fresh session, and one that has proved a factor where there is one`() throws {
        _ = try enrolment.addGenerator()
        let stale = try installation.beginPastLogin(ann.email).token
        let lacking = installation.call("POST", "/account/factor/totp", token: stale)
        #expect(lacking.code == "reauthentication_required" && lacking.object["factor"] as? Int == 2)
        #expect(lacking.object["methods"] as? [String] == ["totp", "recovery_code"])
        #expect(installation.get("/account/factor", stale).status == 200)
        installation.clock.advance(by: 900)
        #expect(enrolment.call("POST", "/account/factor/totp").status == 201)
        installation.clock.advance(by: 1)
        let late = enrolment.call("POST", "/account/factor/totp")
        #expect(late.code == "reauthentication_required" && late.object["max_age"] as? Int == 900)
        #expect(
            late.fields[.wwwAuthenticate]
                == #"Bearer realm="postern", error="insufficient_user_authentication", max_age=900"#)
        #expect(late.fields[.setCookie] == nil)
    }
}
