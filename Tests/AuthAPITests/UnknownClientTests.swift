import HTTPTypes
import InMemoryLogging
import Logging
import TestSupport
import Testing

@testable import Identity

/// Programs that do not say for whom they act, and the remedies of operators.
struct UnknownClientTests {
    static let email = "ann@example.test"
    static let password = "correct horse battery"
    let installation: TestInstallation

    init() throws {
        installation = try TestInstallation(throttle: ThrottlePolicy(registration: .window(limit: 3, seconds: 3600)))
        try installation.addAccount(Self.email, password: Self.password)
    }

    private func login(_ email: String, _ password: String, token: String, client: String? = nil) -> TestAnswer {
        installation.call(
            "POST", "/auth/login", TestInstallation.credentials(email, password), token: token,
            fields: client.map { ["X-Client-Address": $0] } ?? [:])
    }

    private var warnings: [String] {
        installation.logs.entries.filter { $0.level == .warning }.map { "\($0.message) \($0.metadata)" }
    }

    @Test func `wrong passwords of its users lock nobody out of a program that names no client`() throws {
        let plain = try installation.token(scopes: [.login])
        // Those with the scope that do not use it are no better.
        for token in [plain, installation.adminToken] {
            for index in 0..<60 {
                #expect(login("a\(index)@example.test", "wrong", token: token).status == 401)
            }
            for _ in 0..<20 { #expect(login(Self.email, "wrong", token: token).status == 401) }
            #expect(login(Self.email, Self.password, token: token).status == 200)
        }
        // The account's own counter counts.
        for _ in 0..<60 { #expect(login(Self.email, "wrong", token: plain).status == 401) }
        #expect(login(Self.email, Self.password, token: plain).status == 429)
        #expect(login("b@example.test", "wrong", token: plain).status == 401)
    }

    @Test func `sessions and browsers are clients themselves`() throws {
        let open = try TestInstallation(publicLogin: true, throttle: ThrottlePolicy())
        func login() -> Int {
            open.call(
                "POST", "/auth/login", TestInstallation.credentials(Self.email, "wrong"),
                fields: ["Origin": "https://auth.example"]
            ).status
        }
        #expect((0..<6).map { _ in login() } == [401, 401, 401, 401, 401, 429])
    }

    @Test func `registrations are counted for the program that names no client`() throws {
        func register(_ index: Int, _ token: String, client: String? = nil) -> Int {
            installation.call(
                "POST", "/auth/register", TestInstallation.credentials("r\(index)@example.test", Self.password),
                token: token, fields: client.map { ["X-Client-Address": $0] } ?? [:]
            ).status
        }
        let (one, other) = (try installation.token(scopes: [.register]), try installation.token(scopes: [.register]))
        #expect((0..<4).map { register($0, one) } == [200, 200, 200, 429])
        #expect(register(4, other) == 200)
        #expect(register(5, installation.adminToken, client: "192.0.2.1") == 200)
    }

    @Test func `it is warned of once an hour, with the token`() throws {
        let plain = try installation.token(scopes: [.login])
        for _ in 0..<5 { _ = login(Self.email, Self.password, token: plain) }
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("client-address") == true && warnings.first?.contains("tok_") == true)
        installation.clock.advance(by: 3599)
        _ = login(Self.email, Self.password, token: plain)
        #expect(warnings.count == 1)
        installation.clock.advance(by: 1)
        _ = login(Self.email, Self.password, token: plain)
        #expect(warnings.count == 2)
        _ = login(Self.email, Self.password, token: installation.adminToken, client: "192.0.2.1")
        #expect(warnings.count == 2)
        _ = login(Self.email, Self.password, token: installation.adminToken)
        #expect(warnings.count == 3)
    }

    @Test func `all processes together warn once an hour`() throws {
        _ = login(Self.email, Self.password, token: installation.adminToken)
        let clock = installation.clock
        let other = AuthenticationService(
            store: installation.store, hasher: installation.service.hasher, sessionLifetime: 3600,
            sessionIdleTimeout: 1800, keyring: installation.service.keyring,
            clock: WallClock(now: { clock.now }, uptime: { clock.uptime }))
        let principal = try #require(try other.authenticate(bearer: installation.adminToken))
        let caller = Caller(.principal(principal), clientIsKnown: false)
        #expect(try !other.shouldWarnOfUnknownClient(caller))
        installation.clock.advance(by: 3600)
        #expect(try other.shouldWarnOfUnknownClient(caller))
        #expect(try !other.shouldWarnOfUnknownClient(Caller(.principal(principal))))
    }

    @Test(arguments: [
        ("203.0.113.7:4711", "203.0.113.7"), ("[2001:db8::1]:443", "2001:db8::1"), ("[2001:db8::1]", "2001:db8::1"),
        ("203.0.113.7", "203.0.113.7"), ("2001:db8::1", "2001:db8::1"), ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("203.0.113.7:65535", "203.0.113.7"), ("203.0.113.7:", nil), ("203.0.113.7:65536", nil),
        ("203.0.113.7:http", nil), ("203.0.113.7:-1", nil), ("[203.0.113.7]:80", nil), ("[2001:db8::1", nil),
        ("[2001:db8::1]443", nil), ("[2001:db8::1]:", nil), ("2001:db8::1]:443", nil), ("home", nil), ("home:80", nil),
        ("[]", nil), ("203.0.113.7, 192.0.2.1", nil), ("[fe80::1%eth0]:80", nil),
    ])
    func `a client's address may have the form in which a connection has it`(_ given: String, _ taken: String?) throws {
        let answer = login(Self.email, Self.password, token: installation.adminToken, client: given)
        #expect(answer.status == (taken == nil ? 400 : 200))
        let event = try installation.service.auditEvents(AuditFilter(), PageRequest(), by: .operator).items.first
        if let taken { #expect(event?.address == taken) }
    }

    @Test func `the log says which counter refused a request, and the answer does not`() throws {
        func refused(_ count: Int, _ attempt: (Int) -> TestAnswer) -> (TestAnswer, String?) {
            let answer = (0...count).map(attempt).last!
            return (answer, installation.logs.entries.last?.metadata["throttled"].map { "\($0)" })
        }
        let admin = installation.adminToken
        let plain = try installation.token(scopes: [.login])
        let found = [
            refused(5) { _ in login(Self.email, "wrong", token: admin, client: "192.0.2.1") },
            refused(50) { login("a\($0)@example.test", "wrong", token: admin, client: "192.0.2.2") },
            refused(100) { _ in login("b@example.test", "wrong", token: plain) },
            refused(100) { _ in installation.call("GET", "/auth/session", token: "pst_bad") },
            refused(3) { _ in
                installation.call(
                    "POST", "/auth/register", TestInstallation.credentials(Self.email, Self.password), token: plain)
            },
        ]
        #expect(found.map(\.1) == ["pair", "address", "account", "token", nil])
        for (answer, name) in found.dropLast() {
            #expect(answer.status == 429)
            #expect(answer.object["detail"] as? String == "There were too many attempts: try again later.")
            #expect(name != nil)
        }
    }

    @Test func `an operator sees and clears the counters of an account and an address`() throws {
        let admin = installation.adminToken
        let client = "2001:db8::1"
        #expect(login(Self.email, Self.password, token: admin, client: client).status == 200)
        for _ in 0..<6 { _ = login(Self.email, "wrong", token: admin, client: client) }
        for _ in 0..<2 { _ = login(Self.email, "wrong", token: admin, client: "192.0.2.9") }
        func shown(_ account: String?, _ address: String?) throws -> [String] {
            try installation.service.attempts(account: account, address: address).map {
                "\($0.name.rawValue) \($0.counter.attempts) \($0.wait ?? 0)"
            }
        }
        let id = try installation.service.account(named: Self.email).id
        for name in [Self.email, "ANN@example.test", "\(id)"] {
            #expect(try shown(name, "2001:db8::ffff") == ["pair 5 1", "familiar 0 0", "account 2 0", "address 5 0"])
        }
        #expect(try shown(Self.email, nil) == ["account 2 0"])
        #expect(try shown(nil, "192.0.2.9") == ["address 2 0"])
        #expect(try shown("nobody@example.test", "192.0.2.10").isEmpty)
        #expect(throws: AuthenticationError.self) { try shown("acct_0000000000000000", nil) }

        #expect(try installation.service.clearAttempts(account: Self.email, address: client, by: .operator) == 3)
        #expect(login(Self.email, "wrong", token: admin, client: client).status == 401)
        #expect(try shown(Self.email, client) == ["pair 1 0", "familiar 0 0", "address 1 0"])
        let events = try installation.service.auditEvents(AuditFilter(), PageRequest(), by: .operator).items
        let cleared = try #require(events.first { $0.kind == .throttleCleared })
        #expect(cleared.account == id && cleared.credential == .commandLine)
        let names = "pair account password second_factor second_factor_day second_factor address registration token"
        #expect(cleared.details == ["counters": names])

        #expect(try installation.service.clearAllAttempts(by: .operator) >= 4)
        #expect(try installation.service.clearAllAttempts(by: .operator) == 0)
        #expect(try shown(Self.email, client) == ["familiar 0 0"])
        let again = try installation.service.auditEvents(AuditFilter(), PageRequest(), by: .operator).items
        #expect(again.count { $0.kind == .throttleCleared } == 2)
    }
}
