import Cryptography
import Foundation
import HTTPTypes
import Identity
import Synchronization
import TestSupport
import Testing

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
