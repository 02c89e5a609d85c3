import Cryptography
import Identity
import TestSupport
import Testing

/// What an answer's time tells: nothing, as far as can be measured. The store is in memory where it can be, since the wait
/// for a disk is long and uneven, and hides what a patient attacker would find.
///
/// Times are compared by a rank test, with what is compared in turn, so that whatever slows the machine down slows both.
/// Not the p-value decides, which any difference makes small if there are samples enough, but how often the one takes
/// longer than the other: 50 % where nobody can tell. It may be off by five standard errors, as chance makes it once in
/// a million runs, and on a machine that is busy with other tests something else may: so a difference has to be there
/// three times in a row. One that is in the program is.
@Suite(.serialized)
struct TimingTests {
    static let email = "ann@example.test"

    /// Measures two actions in turn.
    private func times(
        _ count: Int, _ first: (Int) throws -> Void, _ second: (Int) throws -> Void
    ) rethrows -> ([Duration], [Duration]) {
        let clock = ContinuousClock()
        var times: ([Duration], [Duration]) = ([], [])
        // The first ones fill caches.
        for number in -(count / 20)..<count {
            // Who comes second finds what the other left behind, so that they take turns in that too.
            var (one, other) = (Duration.zero, Duration.zero)
            if number.isMultiple(of: 2) {
                one = try clock.measure { try first(number) }
                other = try clock.measure { try second(number) }
            } else {
                other = try clock.measure { try second(number) }
                one = try clock.measure { try first(number) }
            }
            guard number >= 0 else { continue }
            times.0.append(one)
            times.1.append(other)
        }
        return times
    }

    /// Whether two actions can be told apart by their times, each time that it is tried.
    private func differ(
        _ what: String, count: Int, _ first: (Int) throws -> Void, _ second: (Int) throws -> Void
    ) rethrows -> Bool {
        for _ in 0..<3 {
            let (one, other) = try times(count, first, second)
            let test = RankTest(one, other)
            print(
                "timing: \(what): \(test.superiority) of 0.5 ± \(5 * test.standardError), medians "
                    + "\(one.sorted()[count / 2]) and \(other.sorted()[count / 2])")
            if test.effect <= 5 * test.standardError { return false }
        }
        return true
    }

    private func expectRefusal(_ installation: TestInstallation, _ email: String) {
        #expect(installation.login(email, "a wrong password").code == "invalid_credentials")
    }

    @Test func `a login tells not by its time whether there is such an account`() throws {
        let installation = try TestInstallation(slots: 1, inMemory: true)
        try installation.addAccount(Self.email)
        try installation.addAccount("without@example.test")
        try installation.execute("UPDATE account SET password_hash = NULL WHERE email = 'without@example.test'")
        for (what, email) in [("known", Self.email), ("without password", "without@example.test")] {
            let isTold = differ(
                "\(what) and unknown", count: 800,
                { _ in expectRefusal(installation, email) },
                { number in expectRefusal(installation, "nobody\(number)@example.test") })
            #expect(!isTold, "\(what)")
        }
    }

    @Test func `nor where throttling counts`() throws {
        let endless = ThrottleRule.window(limit: 1_000_000, seconds: 900)
        let installation = try TestInstallation(
            slots: 1, throttle: ThrottlePolicy(pair: endless, address: endless, account: endless), inMemory: true)
        try installation.addAccount(Self.email)
        let isTold = differ(
            "known and unknown, counted", count: 500,
            { _ in expectRefusal(installation, Self.email) },
            // Always the same one, as an account's counters are there from its second failure on.
            { _ in expectRefusal(installation, "nobody@example.test") })
        #expect(!isTold)
    }

    @Test func `nor with passwords that are hashed as they should be`() throws {
        // A quarter of what is used, so that there are enough samples to find less than a hash left out.
        let scheme = try #require(PasswordScheme(setting: "scrypt:ln=14,r=8,p=1"))
        let installation = try TestInstallation(scheme: scheme, slots: 1, inMemory: true)
        try installation.addAccount(Self.email)
        let isTold = differ(
            "known and unknown, \(scheme.setting)", count: 60,
            { _ in expectRefusal(installation, Self.email) },
            { number in expectRefusal(installation, "nobody\(number)@example.test") })
        #expect(!isTold)
    }

    @Test func `a token tells not by its time whether it was one before it was revoked`() throws {
        let installation = try TestInstallation(inMemory: true)
        let revoked = try (0..<200).map { _ in try installation.token(scopes: [.login]) }
        for token in revoked {
            let hash = try #require(BearerToken(token)).hash
            let answer = installation.call("DELETE", "/account/token/\(hash)", token: installation.adminToken)
            #expect(answer.status == 200)
        }
        let unknown = try revoked.map { _ in try BearerToken(.api, random: OpenSSLRandomSource()).text }
        func expectRefusal(_ token: String) {
            #expect(installation.call("GET", "/auth/session", token: token).code == "invalid_token")
        }
        let isTold = differ(
            "revoked and unknown tokens", count: 2000,
            { number in expectRefusal(revoked[abs(number) % revoked.count]) },
            { number in expectRefusal(unknown[abs(number) % unknown.count]) })
        #expect(!isTold)
    }

    @Test func `a malformed token tells not by its time how near it comes to a good one`() throws {
        let installation = try TestInstallation(inMemory: true)
        let good = try installation.token(scopes: [.login])
        func expectRefusal(_ token: String) {
            #expect(installation.call("GET", "/auth/session", token: token).code == "invalid_token")
        }
        // Of the same digits, since some take longer to read than others.
        var digits = Array(good)
        let index = try #require(digits.indices.last { digits[$0] != digits[digits.count - 1] })
        digits.swapAt(index, digits.count - 1)
        let (near, far) = (String(digits), "pst_" + String(good.dropFirst(4).reversed()))
        let isTold = differ(
            "malformed tokens, near and far", count: 2000, { _ in expectRefusal(near) }, { _ in expectRefusal(far) })
        #expect(!isTold)
    }

    @Test func `a difference that is there is found`() throws {
        let installation = try TestInstallation(slots: 1, inMemory: true)
        try installation.addAccount(Self.email)
        let clock = ContinuousClock()
        let (one, _) = times(
            100, { _ in expectRefusal(installation, Self.email) }, { _ in expectRefusal(installation, Self.email) })
        let delay = one.sorted()[50] / 2
        let isTold = differ(
            "delayed by \(delay)", count: 800,
            { _ in expectRefusal(installation, Self.email) },
            { _ in
                expectRefusal(installation, Self.email)
                let end = clock.now + delay
                while clock.now < end {}
            })
        #expect(isTold)
    }

    @Test func `the rank test counts as the textbook does`() {
        let apart = RankTest([1, 2, 3], [4, 5, 6])
        #expect(apart.superiority == 1 && apart.effect == 0.5)
        #expect(RankTest([4, 5, 6], [1, 2, 3]).superiority == 0)
        #expect(RankTest([1, 2], [1, 2]).superiority == 0.5)
        #expect(RankTest([1, 1, 1], [1, 1]).effect == 0)
        // Of the nine pairs of these the second is larger in six.
        #expect(RankTest([1, 3, 5], [2, 4, 6]).superiority == 6.0 / 9)
        #expect(abs(RankTest([1, 3, 5], [2, 4, 6]).standardError - (7.0 / 108).squareRoot()) < 1e-12)
    }
}
