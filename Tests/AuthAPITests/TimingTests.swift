import Cryptography
import Identity
import JSON
import TestSupport
import Testing

/// An answer's time tells nothing, as far as can be measured. The store is in memory if it can be, since the wait for a
/// disk is long and uneven, and hides differences that a patient attacker would find.
///
/// Times are compared by a rank test, and taken in turn, so that all that slows the machine down slows both: two
/// samples of one kind are as far apart once in a thousand times, and the same samples must be good enough to show a
/// difference of 5 %. If they are not, more are taken, for some seconds; and on a machine that is so busy with other
/// tests that they never are, a warning says so. A difference that is in the program is found however many there are.
@Suite(.serialized)
struct TimingTests {
    static let email = "ann@example.test"
    private static let wrongRecoveryCode = "00000-00000"

    /// Measures two actions in turn, each after a preparation that is not measured.
    private func times(
        _ count: Int, after prepare: () throws -> Void = {}, _ first: (Int) throws -> Void,
        _ second: (Int) throws -> Void
    ) throws -> ([Duration], [Duration]) {
        let clock = ContinuousClock()
        var times: ([Duration], [Duration]) = ([], [])
        // The first ones fill caches.
        for number in -(count / 20)..<count {
            var (one, other) = (Duration.zero, Duration.zero)
            func measureFirst() throws {
                try prepare()
                one = try clock.measure { try first(number) }
            }
            // Who comes second finds what the other left behind, so that they take turns in that too.
            if number.isMultiple(of: 2) { try measureFirst() }
            try prepare()
            other = try clock.measure { try second(number) }
            if !number.isMultiple(of: 2) { try measureFirst() }
            guard number >= 0 else { continue }
            times.0.append(one)
            times.1.append(other)
        }
        return times
    }

    /// The result of a comparison.
    private enum Outcome {
        /// Nobody can tell them apart, with samples that would show 5 %.
        case alike
        /// They can be told apart.
        case told
        /// They cannot, but the samples are too uneven to say much.
        case blunt
    }

    /// Compares two actions, with more and more samples until they show something, for some seconds.
    private func compare(
        _ what: String, count: Int, after prepare: () throws -> Void = {}, _ first: (Int) throws -> Void,
        _ second: (Int) throws -> Void
    ) throws -> Outcome {
        let end = ContinuousClock.now + .seconds(10)
        var (one, other): ([Duration], [Duration]) = ([], [])
        while true {
            let more = try times(count, after: prepare, first, second)
            one += more.0
            other += more.1
            let comparison = TimeComparison(one, other)
            print("timing: \(what), \(one.count) samples: \(comparison.description)")
            if comparison.isAlike { return .alike }
            // A difference that chance makes once in a thousand times must show in three times as many samples too.
            if comparison.isTold && one.count >= 3 * count { return .told }
            if ContinuousClock.now > end && one.count >= 3 * count { return .blunt }
        }
    }

    private func expectAlike(
        _ what: String, count: Int, after prepare: () throws -> Void = {}, _ first: (Int) throws -> Void,
        _ second: (Int) throws -> Void
    ) throws {
        switch try compare(what, count: count, after: prepare, first, second) {
        case .alike: break
        case .told: Issue.record("\(what): can be told apart")
        case .blunt: Issue.record("\(what): the machine is too busy to say", severity: .warning)
        }
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
            try expectAlike(
                "\(what) and unknown", count: 800,
                { _ in expectRefusal(installation, email) },
                { number in expectRefusal(installation, "nobody\(number)@example.test") })
        }
    }

    @Test func `nor where throttling counts`() throws {
        let endless = ThrottleRule.window(limit: 1_000_000, seconds: 900)
        let installation = try TestInstallation(
            slots: 1, throttle: ThrottlePolicy(pair: endless, address: endless, account: endless), inMemory: true)
        try installation.addAccount(Self.email)
        try expectAlike(
            "known and unknown, counted", count: 500,
            { _ in expectRefusal(installation, Self.email) },
            // Always the same one, as an account's counters are there from its second failure on.
            { _ in expectRefusal(installation, "nobody@example.test") })
    }

    @Test func `nor with passwords that are hashed as they should be`() throws {
        // A quarter of those in use, so that there are enough samples to find less than a hash left out.
        let scheme = try #require(PasswordScheme(setting: "scrypt:ln=14,r=8,p=1"))
        let installation = try TestInstallation(scheme: scheme, slots: 1, inMemory: true)
        try installation.addAccount(Self.email)
        try expectAlike(
            "known and unknown, \(scheme.setting)", count: 60,
            { _ in expectRefusal(installation, Self.email) },
            { number in expectRefusal(installation, "nobody\(number)@example.test") })
    }

    @Test func `nor whether a code is wrong or was used before`() throws {
        let installation = try TestInstallation(slots: 1, inMemory: true)
        let totp = try installation.addTOTP(to: try installation.addAccount(Self.email, password: Person.password))
        let used = try installation.code(of: totp)
        #expect(installation.login(Self.email, code: used).status == 200)
        let wrong = try installation.wrongCode(of: totp)
        func expectRefusal(_ code: String) {
            #expect(installation.login(Self.email, code: code).code == "invalid_credentials")
        }
        try expectAlike(
            "wrong and used codes", count: 500, { _ in expectRefusal(wrong) }, { _ in expectRefusal(used) })
    }

    /// Keys that are not an account's: one that answers under the name of its key, so that the signature is bad, and
    /// one that nobody has.
    private func impostors(of key: TestKey) throws -> (forger: TestKey, stranger: TestKey) {
        let forger = TestKey(authenticator: try SoftwareAuthenticator(), handle: key.handle)
        forger.authenticator.credentialID = key.authenticator.credentialID
        return (forger, TestKey(authenticator: try SoftwareAuthenticator(), handle: key.handle))
    }

    /// The bytes of a challenge.
    private func challenge(of options: TestAnswer) throws -> [UInt8] {
        let text = try #require(options.string("challenge"))
        return try #require(Base64.decode(Array(text.utf8)[...], .url))
    }

    @Test func `a passkey tells not by its time whether anybody has it`() throws {
        let installation = try TestInstallation(inMemory: true)
        let ann = try installation.addAccount(Self.email, password: Person.password)
        let key = try installation.addKey(to: ann)
        let (forger, stranger) = try impostors(of: key)
        let count = 400
        func bodies(_ key: TestKey) throws -> [String] {
            try (0..<count + count / 20).map { _ in
                let options = installation.post("/auth/login/passkey/options")
                return #"{"credential": \#(try key.answer(options))}"#
            }
        }
        let (bad, unknown) = (try bodies(forger), try bodies(stranger))
        func expectRefusal(_ body: String) {
            #expect(installation.post("/auth/login/passkey", body).code == "invalid_credentials")
        }
        try expectAlike(
            "bad signatures and unknown passkeys", count: count,
            { expectRefusal(bad[$0 + count / 20]) }, { expectRefusal(unknown[$0 + count / 20]) })
    }

    @Test func `nor does the second step of a login tell what is wrong with an answer`() throws {
        let installation = try TestInstallation(inMemory: true)
        let ann = try installation.addAccount(Self.email, password: Person.password)
        let (forger, stranger) = try impostors(of: try installation.addKey(to: ann))
        let used = try installation.addRecoveryCodes(to: ann)[0]
        #expect(
            installation.finish(try installation.firstStep(Self.email), "recovery_code", used).status == 200)
        let login = try installation.firstStep(Self.email)
        let options = installation.secondFactorOptions(login)
        let (bad, unknown) = (try forger.answer(options), try stranger.answer(options))
        // A login takes few answers, and each uses its challenge up. Whether there is one is no secret: the caller has
        // asked for it.
        let connection = try installation.connection()
        let bytes = TestInstallation.blob(try challenge(of: options))
        func reset() throws {
            try connection.execute("UPDATE pending_login SET failures = 0, challenge = \(bytes)")
        }
        func expectRefusal(_ method: String, _ value: String) {
            #expect(installation.finish(login, method, value).code == "invalid_credentials")
        }
        try expectAlike(
            "bad signatures and unknown keys, second step", count: 300,
            after: reset,
            { _ in expectRefusal("passkey", bad) }, { _ in expectRefusal("passkey", unknown) })
        try expectAlike(
            "wrong and used recovery codes, second step", count: 300,
            after: reset,
            { _ in expectRefusal("recovery_code", Self.wrongRecoveryCode) },
            { _ in expectRefusal("recovery_code", used) })
    }

    @Test func `nor does a confirmation`() throws {
        let installation = try TestInstallation(inMemory: true) { $0.allowSecondFactors() }
        let ann = try installation.person("ann")
        let (forger, stranger) = try impostors(of: try installation.addKey(to: ann.account))
        let used = try installation.addRecoveryCodes(to: ann.account)[0]
        func confirm(_ token: String, _ answer: String) -> TestAnswer {
            installation.call("POST", "/auth/confirm", "{\(answer)}", token: token)
        }
        func code(_ code: String) -> String { #""method": "recovery_code", "code": "\#(code)""# }
        let session = try #require(confirm(ann.session, code(used)).sessionToken)
        let options = installation.call("POST", "/auth/confirm/options", token: session)
        func credential(_ key: TestKey) throws -> String {
            #""method": "passkey", "credential": \#(try key.answer(options))"#
        }
        let (bad, unknown) = (try credential(forger), try credential(stranger))
        let principal = try #require(try installation.service.authenticate(bearer: session))
        guard case .session(let id) = principal.credential else { throw AuthenticationError.sessionRequired }
        let ceremony = Ceremony(
            purpose: .confirmation, challenge: try challenge(of: options), usage: nil,
            expiresAt: installation.clock.now + 60)
        // Each answer uses it up.
        func keep() throws { #expect(try installation.store.put(ceremony, of: id)) }
        func expectRefusal(_ answer: String) { #expect(confirm(session, answer).code == "invalid_credentials") }
        try expectAlike(
            "bad signatures and unknown keys, confirmation", count: 300, after: keep,
            { _ in expectRefusal(bad) }, { _ in expectRefusal(unknown) })
        try expectAlike(
            "wrong and used recovery codes, confirmation", count: 300,
            { _ in expectRefusal(code(Self.wrongRecoveryCode)) },
            { _ in expectRefusal(code(used)) })
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
        try expectAlike(
            "revoked and unknown tokens", count: 2000,
            { number in expectRefusal(revoked[abs(number) % revoked.count]) },
            { number in expectRefusal(unknown[abs(number) % unknown.count]) })
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
        try expectAlike(
            "malformed tokens, near and far", count: 2000, { _ in expectRefusal(near) }, { _ in expectRefusal(far) })
    }

    @Test func `a twentieth more is found`() throws {
        let installation = try TestInstallation(slots: 1, inMemory: true)
        try installation.addAccount(Self.email)
        let clock = ContinuousClock()
        let (one, _) = try times(
            100, { _ in expectRefusal(installation, Self.email) }, { _ in expectRefusal(installation, Self.email) })
        let delay = one.sorted()[50] / 20
        let outcome = try compare(
            "delayed by \(delay)", count: 800,
            { _ in expectRefusal(installation, Self.email) },
            { _ in
                expectRefusal(installation, Self.email)
                let end = clock.now + delay
                while clock.now < end {}
            })
        #expect(outcome != .alike)
        if outcome == .blunt { Issue.record("the machine is too busy to say", severity: .warning) }
    }

    @Test func `the rank test finds a twentieth more in samples that are good enough, and says where they are not`() {
        // Spread over a tenth, in an order of its own each.
        func sample(_ seed: Int, spread: Int) -> [Duration] {
            (0..<400).map { .microseconds(1000 + ($0 * seed % 401) * spread / 401) }
        }
        let even = TimeComparison(sample(7, spread: 100), sample(11, spread: 100))
        #expect(even.isAlike && even.isSharp && !even.isTold)
        #expect(TimeComparison(sample(7, spread: 100), sample(11, spread: 100).map { $0 * 1.05 }).isTold)
        let uneven = TimeComparison(sample(7, spread: 9000), sample(11, spread: 9000))
        #expect(!uneven.isTold && !uneven.isSharp && !uneven.isAlike)
    }

    @Test func `the rank test counts as the textbook does`() {
        let apart = RankTest([1, 2, 3], [4, 5, 6])
        #expect(apart.superiority == 1 && abs(apart.p - 0.0495) < 1e-4)
        #expect(RankTest([4, 5, 6], [1, 2, 3]).superiority == 0)
        #expect(RankTest([1, 2], [1, 2]).superiority == 0.5)
        #expect(RankTest([1, 1, 1], [1, 1]).p == 1)
        // Of the nine pairs of these the second is larger in six.
        #expect(RankTest([1, 3, 5], [2, 4, 6]).superiority == 6.0 / 9)
        // scipy 1.15: mannwhitneyu([1, 3, 5, 5], [2, 4, 6, 5, 5], method="asymptotic", use_continuity=False)
        #expect(abs(RankTest([1, 3, 5, 5], [2, 4, 6, 5, 5]).p - 0.4427708739877679) < 1e-9)
    }
}
