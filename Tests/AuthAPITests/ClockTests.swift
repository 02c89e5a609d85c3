import HTTPTypes
import Storage
import TestSupport
import Testing

@testable import Identity

/// A clock that is wrong for a while, and set right again.
struct ClockTests {
    static let email = "ann@example.test"
    static let password = "correct horse battery"

    /// Small numbers, so that each rule is soon at its end.
    static let policy = ThrottlePolicy(
        pair: .backoff(tolerated: 3, shortest: 2, longest: 60), address: .window(limit: 20, seconds: 300),
        account: .window(limit: 30, seconds: 600), registration: .window(limit: 3, seconds: 120),
        token: .window(limit: 3, seconds: 90))

    let installation: TestInstallation

    init() throws {
        installation = try TestInstallation(throttle: Self.policy)
        try installation.addAccount(Self.email, password: Self.password)
    }

    private func login(_ email: String, _ password: String, from address: String) -> TestAnswer {
        installation.call(
            "POST", "/auth/login", TestInstallation.credentials(email, password), token: installation.adminToken,
            fields: ["X-Client-Address": address])
    }

    /// Everything that is counted: an attempt of a number for one client or account, how many are let through, and how
    /// long the longest wait is.
    private var attempts: [(name: String, limit: Int, longest: Int64, attempt: (Int) -> TestAnswer)] {
        [
            ("pair", 3, 60, { _ in login(Self.email, "wrong", from: "192.0.2.1") }),
            ("address", 20, 300, { login("a\($0)@example.test", "wrong", from: "192.0.2.2") }),
            ("account", 30, 600, { login("bob@example.test", "wrong", from: "198.51.100.\($0)") }),
            (
                "registration", 3, 120,
                { _ in
                    installation.call(
                        "POST", "/auth/register", TestInstallation.credentials(Self.email, Self.password),
                        token: installation.adminToken, fields: ["X-Client-Address": "192.0.2.3"])
                }
            ),
            (
                "token", 3, 90,
                { _ in
                    installation.call(
                        "GET", "/auth/session", token: "pst_bad", variables: ["REMOTE_ADDR": "192.0.2.4"])
                }
            ),
        ]
    }

    @Test(arguments: [600, 3600, 86400, 400 * 86400] as [Int64])
    func `what was counted while the clock was ahead locks nobody out once it is right`(_ step: Int64) throws {
        for (name, limit, longest, attempt) in attempts {
            var number = 0
            func statuses(_ count: Int) -> [Int] {
                (0..<count).map { _ in
                    number += 1
                    return attempt(number).status
                }
            }
            for count in [1, limit + 1] {
                installation.clock.set(by: step)
                _ = statuses(count)
                installation.clock.set(by: -step)
                #expect(statuses(limit).allSatisfy { $0 != 429 }, "\(name), \(count) counted")
                let refused = attempt(0)
                #expect(refused.status == 429, "\(name)")
                let wait = try #require(refused.fields[.retryAfter].flatMap { Int64($0) })
                #expect((1...longest).contains(wait), "\(name)")
                // As true as ever.
                installation.clock.advance(by: wait - 1)
                #expect(attempt(0).status == 429, "\(name)")
                installation.clock.advance(by: 1)
                #expect(attempt(0).status != 429, "\(name)")
                installation.clock.advance(by: 4 * longest)
            }
        }
    }

    @Test func `present passwords that were wrong while the clock was ahead count no longer once it is right`() throws {
        let account = try installation.service.account(named: Self.email).id
        installation.clock.set(by: 3600)
        for _ in 0..<4 { _ = try? installation.service.reservePasswordChange(of: account, by: .operator) }
        #expect(throws: AuthenticationError.tooManyAttempts(retryAfter: 2, by: .password)) {
            try installation.service.reservePasswordChange(of: account, by: .operator)
        }
        installation.clock.set(by: -3600)
        for _ in 0..<3 { _ = try installation.service.reservePasswordChange(of: account, by: .operator) }
        #expect(throws: AuthenticationError.tooManyAttempts(retryAfter: 2, by: .password)) {
            try installation.service.reservePasswordChange(of: account, by: .operator)
        }
    }

    @Test func `an address that became familiar in the future is not`() throws {
        func guessFromEverywhere() {
            for index in 0..<31 { _ = login(Self.email, "wrong", from: "198.51.100.\(index)") }
        }
        #expect(login(Self.email, Self.password, from: "203.0.113.1").status == 200)
        guessFromEverywhere()
        #expect(login(Self.email, "wrong", from: "203.0.113.1").status == 401)
        installation.clock.set(by: 86400)
        #expect(login(Self.email, Self.password, from: "203.0.113.2").status == 200)
        installation.clock.set(by: -86400)
        guessFromEverywhere()
        #expect(login(Self.email, "wrong", from: "203.0.113.2").status == 429)
    }

    @Test func `a session of a clock that was ahead counts no longer once it is right, and goes away`() throws {
        let right = try #require(login(Self.email, Self.password, from: "192.0.2.1").sessionToken)
        func status(_ session: String) -> Int { installation.call("GET", "/auth/session", token: session).status }
        for step: Int64 in [3600, 400 * 86400] {
            installation.clock.set(by: step)
            let ahead = try #require(login(Self.email, Self.password, from: "192.0.2.1").sessionToken)
            #expect(status(ahead) == 200)
            installation.clock.set(by: -step)
            #expect(status(ahead) == 401)
            #expect(status(right) == 200)
        }
        let account = try installation.service.account(named: Self.email).id
        #expect(try installation.service.sessions(of: account, PageRequest(), by: .operator).items.count == 1)
        // As long as the clock has not proven itself it may be behind, and the sessions right.
        try prune()
        #expect(try installation.store.sessionCount() == 3)
        installation.clock.advance(by: 86400)
        try prune()
        #expect(try installation.store.sessionCount() == 0)
    }

    @Test func `a session that was used while the clock was ahead stays, and its last use is noted anew`() throws {
        let session = try #require(login(Self.email, Self.password, from: "192.0.2.1").sessionToken)
        let token = try installation.token(scopes: [.login])
        func use() throws {
            for bearer in [session, token] {
                #expect(installation.call("GET", "/auth/session", token: bearer).status == 200)
            }
            try installation.service.recordCredentialUse()
        }
        func lastUses() throws -> [Timestamp?] {
            let account = try installation.service.account(named: Self.email).id
            return [
                try installation.service.sessions(of: account, PageRequest(), by: .operator).items.first?.lastSeen,
                try installation.store.apiTokens(APITokenFilter(), PageRequest()).items.first { $0.token.name == "t" }?
                    .token.lastUsedAt,
            ]
        }
        installation.clock.set(by: 1200)
        try use()
        installation.clock.set(by: -1200)
        installation.clock.advance(by: 70)
        try use()
        #expect(try lastUses() == [installation.clock.now, installation.clock.now])
    }

    @Test func `an API token that was made while the clock was ahead is good until its moment`() throws {
        let end = installation.clock.now + 7200
        installation.clock.set(by: 3600)
        let token = try installation.token(scopes: [.login], validUntil: end)
        installation.clock.set(by: -3600)
        #expect(installation.call("GET", "/auth/session", token: token).status == 200)
        installation.clock.advance(by: 7200)
        #expect(installation.call("GET", "/auth/session", token: token).status == 401)
    }

    private func prune() throws {
        guard let moment = try installation.service.pruningMoment() else { return }
        try installation.service.prune(at: moment)
    }

    @Test func `a clock that jumps ahead for a while has nothing removed, one that stays there for a day has`() throws {
        _ = login(Self.email, Self.password, from: "192.0.2.1")
        _ = login(Self.email, "wrong", from: "192.0.2.1")
        func counts() throws -> [Int] {
            [
                try installation.store.sessionCount(),
                try installation.service.attempts(account: Self.email, address: "192.0.2.1").count,
            ]
        }
        let before = try counts()
        #expect(before == [1, 3])
        installation.clock.set(by: 3600 * 24 * 400)
        #expect(try installation.service.pruningMoment() == nil)
        installation.clock.advance(by: 60)
        #expect(try installation.service.pruningMoment() == nil)
        installation.clock.set(by: -3600 * 24 * 400)
        #expect(try installation.service.pruningMoment() != nil)
        #expect(try counts() == before)
        installation.clock.set(by: 3600 * 24 * 400)
        #expect(try installation.service.pruningMoment() == nil)
        installation.clock.advance(by: 86400)
        #expect(try installation.service.pruningMoment() == installation.clock.now)
        // Back it may go at once.
        installation.clock.set(by: -3600 * 24 * 400)
        #expect(try installation.service.pruningMoment() != nil)
    }

    @Test func `a process that starts while the clock is ahead goes by what happened last`() throws {
        let last = installation.clock.now
        installation.clock.set(by: 400 * 86400)
        let clock = installation.clock
        let other = AuthenticationService(
            store: installation.store, hasher: installation.service.hasher, sessionLifetime: 3600,
            sessionIdleTimeout: 1800, clock: WallClock(now: { clock.now }, uptime: { clock.uptime }))
        #expect(try other.pruningMoment() == last + 86400)
        installation.clock.advance(by: 86400)
        #expect(try other.pruningMoment() == installation.clock.now)
    }
}
