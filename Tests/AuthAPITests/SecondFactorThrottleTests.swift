import Cryptography
import Foundation
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import Identity

/// The counters of wrong second factors.
struct SecondFactorThrottleTests {
    static let email = "ann@example.test"

    private func installation(_ throttle: ThrottlePolicy?) throws -> (TestInstallation, Account, TOTP) {
        let installation = try TestInstallation(throttle: throttle)
        let ann = try installation.addAccount(Self.email, password: Person.password)
        return (installation, ann, try installation.addTOTP(to: ann))
    }

    /// The codes of answers to guesses that are made at once.
    private func guesses(_ count: Int, _ guess: (Int) -> TestAnswer) -> [String: Int] {
        let codes = Mutex<[String: Int]>([:])
        concurrently(count) { number in
            let code = guess(number).code ?? "none"
            codes.withLock { $0[code, default: 0] += 1 }
        }
        return codes.withLock { $0 }
    }

    // golang/vulndb#2325 (CVE-2023-47111), autentico#360
    @Test func `fifty guesses at once count fifty, over several logins from several networks`() throws {
        let policy = ThrottlePolicy(secondFactor: .window(limit: 1000, seconds: 900))
        let (installation, _, totp) = try installation(policy)
        func address(_ number: Int) -> [String: String] { ["X-Client-Address": "198.51.100.\(number / 5)"] }
        let tokens = try (0..<50).map { try installation.firstStep(Self.email, fields: address($0)) }
        let wrong = try installation.wrongCode(of: totp)
        let codes = guesses(50) { installation.finish(tokens[$0], "totp", wrong, fields: address($0)) }
        // The limit of a day is thirty.
        #expect(codes == ["invalid_credentials": 30, "too_many_attempts": 20])
        #expect(try installation.attempts(.secondFactor, account: Self.email) == 30)
        #expect(try installation.attempts(.secondFactorDay, account: Self.email) == 30)
        let right = installation.finish(tokens[0], "totp", try installation.code(of: totp), fields: address(0))
        #expect(right.code == "too_many_attempts" && right.sessionToken == nil)
    }

    /// The domain as several responders have it, each with a store of its own on the database of an installation.
    private func responders(_ number: Int, _ installation: TestInstallation) throws -> [AuthenticationService] {
        let clock = installation.clock
        return try (0..<number).map { _ in
            AuthenticationService(
                store: try StoreMaker.current.store(in: installation.folder),
                hasher: PasswordHasher(
                    choice: .named(TestInstallation.cheapScheme), concurrency: 2, queueLength: 256,
                    random: OpenSSLRandomSource()),
                throttle: installation.service.throttle, sessionLifetime: 3600, sessionIdleTimeout: 1800,
                keyring: installation.service.keyring, clock: WallClock(now: { clock.now }, uptime: { clock.uptime }))
        }
    }

    private func outcome(_ body: () throws -> Void) -> String {
        do {
            try untilTaken(body)
            return "done"
        } catch AuthenticationError.invalidFactor {
            return "wrong"
        } catch AuthenticationError.tooManyAttempts {
            return "refused"
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [true, false])
    func `fifty guesses at once count fifty over three responders`(isDay: Bool) throws {
        // Five are let through by the one limit, and thirty by that of a day.
        let rule: ThrottleRule =
            isDay ? .window(limit: 1000, seconds: 900) : .backoff(tolerated: 5, shortest: 60, longest: 900)
        let (installation, _, totp) = try installation(ThrottlePolicy(secondFactor: rule))
        let responders = try responders(3, installation)
        let password = Password(utf8: Array(Person.password.utf8))
        func caller(_ number: Int) -> Caller { Caller(.anonymous, address: "198.51.100.\(number / 5)") }
        let tokens = try (0..<25).map { number in
            do {
                _ = try responders[number % 3].login(email: Self.email, password: password, by: caller(number))
            } catch AuthenticationError.secondFactorRequired(let offer) {
                return offer.token
            }
            throw AuthenticationError.sessionRequired
        }
        let wrong = try installation.wrongCode(of: totp)
        let outcomes = Mutex<[String: Int]>([:])
        // Half of them answer logins that wait, each at another responder than began it, and half come with a password.
        concurrently(50) { number in
            let (responder, caller) = (responders[(number + 1) % 3], caller(number / 2))
            let outcome = outcome {
                if number % 2 == 0 {
                    _ = try responder.login(loginToken: tokens[number / 2], answer: .totp(wrong), by: caller)
                } else {
                    _ = try responder.login(
                        email: Self.email, password: password, .init(code: wrong), by: caller)
                }
            }
            outcomes.withLock { $0[outcome, default: 0] += 1 }
        }
        let most = isDay ? 30 : 5
        #expect(outcomes.withLock { $0 } == ["wrong": most, "refused": 50 - most])
        #expect(try installation.attempts(.secondFactorDay, account: Self.email) == Int64(most))
        #expect(try installation.audit(.factorFailed).count == most)
        let right = try installation.code(of: totp)
        #expect(
            outcome {
                _ = try responders[0].login(email: Self.email, password: password, .init(code: right), by: caller(0))
            } == "refused")
    }

    @Test func `login, confirming and set-up have one counter`() throws {
        let (installation, ann, totp) = try installation(
            ThrottlePolicy(secondFactor: .backoff(tolerated: 5, shortest: 60, longest: 900)))
        // Two sessions from before the factor, one of which has proved it.
        let (_, session) = try installation.beginPastLogin(Self.email)
        try installation.setAuthentication(of: ann, [.password, .totp], factorAge: 0)
        let enrolment = Enrolment(installation, Person(account: ann, session: session))
        let begun = try enrolment.begin()
        let wrong = try installation.wrongCode(of: totp)
        let token = try installation.firstStep(Self.email)
        let ways: [() -> TestAnswer] = [
            { installation.finish(token, "totp", wrong) },
            { installation.login(Self.email, code: wrong) },
            {
                installation.call(
                    "POST", "/auth/confirm", #"{"method": "totp", "code": "\#(wrong)"}"#, token: session)
            },
            { enrolment.call("POST", "/account/factor/totp/confirm", begun.wrong) },
        ]
        for way in ways + ways.prefix(1) { #expect(way().code == "invalid_credentials") }
        for way in ways { #expect(way().code == "too_many_attempts") }
        #expect(try installation.attempts(.secondFactor, account: Self.email) == 5)
        #expect(enrolment.call("POST", "/account/factor/totp/confirm", begun.right).code == "too_many_attempts")
    }

    @Test func `a success resets no counter of another account`() throws {
        let (installation, _, totp) = try installation(ThrottlePolicy())
        let other = "bob@example.test"
        let bob = try installation.addTOTP(to: try installation.addAccount(other, password: Person.password))
        let address = "192.0.2.1"
        for _ in 0..<3 { #expect(installation.login(Self.email, "wrong").status == 401) }
        let wrong = try installation.wrongCode(of: totp)
        for _ in 0..<4 { #expect(installation.login(Self.email, code: wrong).status == 401) }
        func counted() throws -> [Int64] {
            try [
                installation.attempts(.pair, account: Self.email, address: address),
                installation.attempts(.account, account: Self.email),
                installation.attempts(.secondFactor, account: Self.email),
                installation.attempts(.secondFactorDay, account: Self.email),
            ]
        }
        #expect(try counted() == [3, 3, 4, 4])
        let token = try installation.firstStep(other)
        #expect(installation.finish(token, "totp", try installation.code(of: bob)).status == 200)
        #expect(installation.login(other, code: try installation.code(of: bob, later: 1)).status == 200)
        #expect(try counted() == [3, 3, 4, 4])
        #expect(installation.login(Self.email, code: wrong).status == 401)
        #expect(installation.login(Self.email, code: wrong).status == 429)
    }

    // golang/vulndb#2790 (CVE-2024-32868), golang/vulndb#4085 (CVE-2025-64102)
    @Test func `five are let through, on each way that takes a code`() throws {
        let (installation, _, totp) = try installation(ThrottlePolicy())
        let wrong = try installation.wrongCode(of: totp)
        let tokens = try (0..<5).map { _ in try installation.firstStep(Self.email) }
        let codes = guesses(50) { number in
            number % 2 == 0
                ? installation.finish(tokens[number / 2 % 5], "totp", wrong)
                : installation.login(Self.email, code: wrong)
        }
        #expect(codes["invalid_credentials"] == 5)
        #expect(codes["too_many_attempts"] == 45)
        let refused = installation.finish(tokens[0], "recovery_code", "4K7QX-M9D2A")
        #expect(refused.code == "too_many_attempts")
        #expect(refused.fields[.retryAfter].flatMap { Int($0) } ?? 0 >= 1)
    }

    @Test func `of fifty answers to one login at once five are looked at, even where nothing throttles`() throws {
        let (installation, _, totp) = try installation(nil)
        let token = try installation.firstStep(Self.email)
        let wrong = try installation.wrongCode(of: totp)
        let codes = guesses(50) { _ in installation.finish(token, "totp", wrong) }
        #expect(codes == ["invalid_credentials": 5, "login_expired": 45])
    }

    // artifact-keeper#1820, appwrite#11692, keycloak#26106
    @Test func `of thirty uses of a recovery code at once one begins a session`() throws {
        let (installation, ann, _) = try installation(nil)
        let code = try RecoveryCode(random: OpenSSLRandomSource())
        try installation.addRecoveryCodes([code], to: ann)
        let tokens = try (0..<15).map {
            try installation.firstStep(Self.email, fields: ["X-Client-Address": "198.51.100.\($0)"])
        }
        let sessions = Mutex<[String]>([])
        let codes = guesses(30) { number in
            let answer =
                number < 15
                ? installation.finish(
                    tokens[number], "recovery_code", code.text, fields: ["X-Client-Address": "198.51.100.\(number)"])
                : installation.login(Self.email, code: code.text)
            if let session = answer.sessionToken { sessions.withLock { $0.append(session) } }
            return answer
        }
        #expect(sessions.withLock { $0.count } == 1)
        #expect(codes == ["none": 1, "invalid_credentials": 29])
        #expect(try installation.count("session") == 1)
    }

    // artifact-keeper#1822
    @Test func `of thirty answers to one login with the right code one begins a session`() throws {
        let (installation, _, totp) = try installation(nil)
        let token = try installation.firstStep(Self.email)
        let code = try installation.code(of: totp)
        let codes = guesses(30) { _ in installation.finish(token, "totp", code) }
        #expect(codes["none"] == 1)
        #expect(try installation.count("session") == 1)
    }

    // supabase/auth#2564
    @Test func `the first step gives its attempt back, and only a finished login clears the counters`() throws {
        let (installation, _, totp) = try installation(ThrottlePolicy())
        let address = "192.0.2.1"
        let other = "bob@example.test"
        for email in [Self.email, other] { for _ in 0..<3 { _ = installation.login(email, "wrong") } }
        let token = try installation.firstStep(Self.email)
        #expect(try installation.attempts(.pair, account: Self.email, address: address) == 3)
        #expect(try installation.attempts(.account, account: Self.email) == 3)
        let before = try installation.service.attempts(account: Self.email, address: address).map(\.name)
        #expect(!before.contains(.familiar))
        let wrong = try installation.wrongCode(of: totp)
        #expect(installation.finish(token, "totp", wrong).status == 401)
        #expect(installation.login(Self.email, code: wrong).status == 401)
        #expect(try installation.attempts(.pair, account: Self.email, address: address) == 3)
        #expect(try installation.attempts(.secondFactor, account: Self.email) == 2)
        #expect(installation.finish(token, "totp", try installation.code(of: totp)).status == 200)
        #expect(try installation.attempts(.pair, account: Self.email, address: address) == 0)
        #expect(try installation.attempts(.secondFactor, account: Self.email) == 0)
        #expect(try installation.attempts(.secondFactorDay, account: Self.email) == 2)
        let names = try installation.service.attempts(account: Self.email, address: address).map(\.name)
        #expect(names.contains(.familiar))
        // Nobody clears another account's by logging in with their own.
        #expect(try installation.attempts(.pair, account: other, address: address) == 3)
        #expect(try installation.attempts(.account, account: other) == 3)
    }

    @Test func `who knows the password keeps its owner out neither from a familiar network nor with a key`() throws {
        let (installation, ann, totp) = try installation(ThrottlePolicy())
        let key = try installation.addKey(to: ann)
        #expect(installation.login(Self.email, code: try installation.code(of: totp)).status == 200)
        let thief = ["X-Client-Address": "203.0.113.66"]
        let wrong = try installation.wrongCode(of: totp)
        for _ in 0..<5 { #expect(installation.login(Self.email, code: wrong, fields: thief).status == 401) }
        #expect(installation.login(Self.email, code: wrong, fields: thief).status == 429)
        let stranger = ["X-Client-Address": "203.0.113.77"]
        #expect(installation.login(Self.email, code: wrong, fields: stranger).status == 429)
        #expect(installation.login(Self.email, code: wrong).status == 401)
        let next = try installation.code(of: totp, later: 1)
        #expect(installation.login(Self.email, code: next).status == 200)
        let token = try installation.firstStep(Self.email, fields: stranger)
        let answer = try key.answer(installation.secondFactorOptions(token))
        #expect(installation.finish(token, "passkey", answer, fields: stranger).status == 200)
    }
}
