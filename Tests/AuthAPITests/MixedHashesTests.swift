import HTTPTypes
import InMemoryLogging
import Logging
import TestSupport
import Testing

@testable import Cryptography
@testable import Identity

/// Accounts whose password hashes are of several schemes, as an import leaves them: a failed login tells not which.
@Suite(.serialized)
struct MixedHashesTests {
    static let password = "correct horse battery staple"
    static let present = PasswordScheme(setting: "scrypt:ln=9,r=8,p=1")!

    /// One account for each, by the scheme of its hash: from a tenth of the present scheme's cost to ten times that.
    /// No password is known to match the two of crypt(5).
    static let schemes = [
        "bcrypt", "sha512-crypt", "pbkdf2-sha256:i=1000", "scrypt:ln=9,r=8,p=1", "scrypt:ln=7,r=8,p=1",
    ]
    static let foreign = [
        "bcrypt": "$2b$08$abcdefghijklmnopqrstuuxTDvU6Y7fu0xzt7y0VbBUmGEGMIu3Sq",
        "sha512-crypt": "$6$rounds=1000$abcdefgh$" + String(repeating: "x", count: 86),
    ]

    let installation: TestInstallation

    init() throws {
        installation = try TestInstallation(scheme: Self.present, slots: 1, inMemory: true)
        for (number, scheme) in Self.schemes.enumerated() {
            try installation.addAccount("known\(number)@example.test", password: Self.password)
            let hash =
                try Self.foreign[scheme]
                ?? PasswordHash(
                    of: Secret(Array(Self.password.utf8)), scheme: try #require(PasswordScheme(setting: scheme)),
                    random: OpenSSLRandomSource()
                ).encoded
            try set(hash, of: "known\(number)@example.test")
        }
    }

    private func set(_ hash: String, of email: String) throws {
        try installation.execute("UPDATE account SET password_hash = ? WHERE email = ?", [hash, email])
    }

    /// The time from a wrong login to the moment at which its answer goes out.
    private func time(_ email: String) throws -> Duration {
        let start = ContinuousClock.now
        let answer = installation.login(email, "a wrong password")
        #expect(answer.code == "invalid_credentials")
        return start.duration(to: answer.earliest ?? .now)
    }

    @Test func `no scheme tells by the time of a failure that there is an account`() throws {
        // The first one asks the store which schemes there are.
        _ = try time("nobody@example.test")
        var told: [String: String] = [:]
        for attempt in 1...3 {
            var known = [[Duration]](repeating: [], count: Self.schemes.count)
            var unknown: [Duration] = []
            // In a drawn order, so that each comes as often behind each of them: the check of a dear hash makes
            // the login behind it slower by some microseconds.
            for turn in (0..<400 * (Self.schemes.count + 1)).shuffled() {
                let which = turn % (Self.schemes.count + 1)
                if which == Self.schemes.count {
                    unknown.append(try time("nobody\(turn)@example.test"))
                } else {
                    known[which].append(try time("known\(which)@example.test"))
                }
            }
            told = [:]
            for (scheme, times) in zip(Self.schemes, known) {
                let comparison = TimeComparison(times, unknown)
                print("timing: \(scheme) and unknown, \(attempt): \(comparison.description)")
                if !comparison.isAlike { told[scheme] = comparison.description }
            }
            if told.isEmpty { return }
        }
        #expect(told.isEmpty)
    }

    @Test func `the answer waits for longer than the check of the dearest hash takes, also of one that was measured`()
        throws
    {
        _ = try time("nobody@example.test")
        let costs = installation.service.hasher.costs
        for measured in [false, true] {
            if measured { try installation.service.measurePasswordSchemes() }
            let floor = try #require(costs.floor)
            let dearest = try #require(PasswordHash(encoded: Self.foreign["bcrypt"] ?? ""))
            #expect(costs.knows(dearest) == measured)
            let fastest =
                try (0..<5).map { _ in
                    let start = PasswordCosts.usedTime
                    _ = try dearest.matches(Secret([]))
                    return PasswordCosts.usedTime - start
                }.min() ?? .zero
            #expect(floor > fastest && floor < .seconds(2), "\(floor) \(fastest)")
        }
    }

    @Test func `where all hashes are of the present scheme nothing waits`() throws {
        try installation.execute("DELETE FROM account WHERE email LIKE 'known%'")
        for email in [TestInstallation.ownerEmail, "nobody@example.test"] {
            #expect(installation.login(email, "a wrong password").earliest == nil)
        }
    }

    @Test func `a wrong present password waits as well, and what is right or throttled does not`() throws {
        _ = try time("nobody@example.test")
        let email = "known3@example.test"
        let login = installation.login(email, Self.password)
        #expect(login.status == 200 && login.earliest == nil)
        func change(_ current: String) -> TestAnswer {
            installation.call(
                "PUT", "/account/me", #"{"current_password": "\#(current)", "new_password": "another long one"}"#,
                token: login.sessionToken)
        }
        let start = ContinuousClock.now
        let wrong = change("a wrong password")
        #expect(wrong.faults == ["/current_password incorrect"])
        let floor = try #require(installation.service.hasher.costs.floor)
        #expect(try #require(wrong.earliest) >= start + floor)
        let right = change(Self.password)
        #expect(right.status == 200 && right.earliest == nil)
    }

    @Test(arguments: ["$argon2d$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA", "rubbish", "$2x$08$abc", ""])
    func `an account whose hash cannot be checked is answered as any other, and told to the operator once`(
        _ hash: String
    ) throws {
        let email = "known0@example.test"
        try set(hash, of: email)
        let id = try installation.service.account(named: email).id
        for password in ["a wrong password", Self.password, ""] {
            let (known, unknown) = (
                installation.login(email, password), installation.login("nobody@example.test", password)
            )
            #expect(known.status == 401 && known.code == "invalid_credentials")
            #expect(known.object["detail"] as? String == unknown.object["detail"] as? String)
            #expect(known.fields[.wwwAuthenticate] == unknown.fields[.wwwAuthenticate])
            #expect((known.earliest == nil) == (unknown.earliest == nil))
        }
        let told = installation.logs.entries.filter { $0.level == .error }
        #expect(told.count == 1)
        #expect(told.first?.metadata["account"] == "\(id)")
    }

    @Test func `the work of a cheaper check is filled up, by the time of the processor`() throws {
        let costs = PasswordCosts(choice: .named(Self.present))
        #expect(try !costs.fill(since: PasswordCosts.usedTime))
        for _ in 0..<3 { costs.note(time: .milliseconds(9), work: .milliseconds(6)) }
        for done: Duration in [.zero, .milliseconds(4), .milliseconds(50)] {
            let start = PasswordCosts.usedTime
            #expect(try costs.fill(since: start - done))
            let used = PasswordCosts.usedTime - start
            let missing = max(.zero, .milliseconds(6) - done)
            #expect(used >= missing && used < missing + .milliseconds(2), "\(used)")
        }
    }

    @Test func `an imported hash that is dearer than the present scheme is nobody else's work`() throws {
        let hasher = PasswordHasher(
            scheme: Self.present, concurrency: 1, queueLength: 8, random: OpenSSLRandomSource())
        func work(_ stored: String?) throws -> Duration {
            try (0..<9).map { _ in
                let start = ContinuousClock.now
                _ = try hasher.verify(Password(utf8: Array("wrong".utf8)), against: stored)
                return start.duration(to: .now)
            }.min() ?? .zero
        }
        let (unknown, dear, cheap) = (
            try work(nil), try work(Self.foreign["bcrypt"]), try work(Self.foreign["sha512-crypt"])
        )
        #expect(unknown < dear / 2, "\(unknown) \(dear)")
        #expect(cheap > unknown / 2 && cheap < unknown * 2, "\(cheap) \(unknown)")
    }
}
