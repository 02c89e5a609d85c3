import Dispatch
import HTTPTypes
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Identity

struct ThrottleTests {
    static let email = "ann@example.test"
    static let password = "correct horse battery"
    let installation: TestInstallation

    init() throws {
        installation = try TestInstallation(lineLength: 1024, throttle: ThrottlePolicy())
        try installation.addAccount(Self.email, password: Self.password)
    }

    private func login(
        _ email: String = email, _ password: String = "wrong", from address: String = "192.0.2.1"
    ) -> TestAnswer {
        installation.call(
            "POST", "/auth/login", TestInstallation.credentials(email, password), token: installation.adminToken,
            fields: ["X-Client-Address": address])
    }

    private func retryAfter(_ answer: TestAnswer) throws -> Int64 {
        #expect(answer.status == 429)
        #expect(answer.code == "too_many_attempts")
        // A client that comes back at once all the same does so ten times a second.
        #expect(answer.delay == .milliseconds(100))
        return try #require(answer.fields[.retryAfter].flatMap { Int64($0) })
    }

    @Test(arguments: [email, "nobody@example.test", "no address"])
    func `after five failures each further one has to wait, twice as long each time, known or not`(
        _ email: String
    ) throws {
        for _ in 0..<5 { #expect(login(email).status == 401) }
        for wait: Int64 in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            #expect(try retryAfter(login(email)) == wait)
            installation.clock.advance(by: wait - 1)
            #expect(try retryAfter(login(email)) == 1)
            installation.clock.advance(by: 1)
            #expect(login(email).status == 401)
        }
    }

    @Test func `the right password has to wait as well, and then clears the counter`() throws {
        for _ in 0..<6 {
            for _ in 0..<5 { #expect(login().status == 401) }
            #expect(try retryAfter(login(Self.email, Self.password)) == 1)
            installation.clock.advance(by: 1)
            #expect(login(Self.email, Self.password).status == 200)
        }
    }

    @Test func `logins that succeed do not count`() {
        for _ in 0..<120 { #expect(login(Self.email, Self.password).status == 200) }
    }

    @Test func `case and composition of the address make no other account`() throws {
        for index in 0..<5 { #expect(login(index % 2 == 0 ? "ANN@example.test" : Self.email).status == 401) }
        _ = try retryAfter(login())
    }

    @Test func `an address that fails with many accounts has to wait for the rest of a quarter of an hour`() throws {
        for index in 0..<50 { #expect(login("a\(index)@example.test").status == 401) }
        installation.clock.advance(by: 100)
        #expect(try retryAfter(login("other@example.test")) == 800)
        #expect(login("other@example.test", from: "192.0.2.2").status == 401)
        installation.clock.advance(by: 800)
        #expect(login("other@example.test").status == 401)
    }

    @Test func `the addresses of one IPv6 network count as one`() throws {
        for index in 0..<50 { #expect(login("a\(index)@example.test", from: "2001:db8::\(index)").status == 401) }
        _ = try retryAfter(login("other@example.test", from: "2001:db8::ffff"))
        #expect(login("other@example.test", from: "2001:db8:0:1::1").status == 401)
    }

    @Test func `an attack from everywhere stops at the account, and does not lock its owner out`() throws {
        #expect(login(Self.email, Self.password, from: "198.51.100.7").status == 200)
        for index in 0..<100 { #expect(login(from: "192.0.2.\(index)").status == 401) }
        #expect(try retryAfter(login(from: "203.0.113.1")) == 3600)
        #expect(try retryAfter(login(Self.email, Self.password, from: "203.0.113.2")) == 3600)
        #expect(login(Self.email, Self.password, from: "198.51.100.7").status == 200)
        #expect(login(from: "198.51.100.7").status == 401)
        #expect(login("other@example.test", from: "203.0.113.1").status == 401)
        installation.clock.advance(by: 3600)
        #expect(login(from: "203.0.113.1").status == 401)
    }

    @Test func `guesses in parallel do not beat the counter`() {
        let statuses = Mutex<[Int: Int]>([:])
        DispatchQueue.concurrentPerform(iterations: 40) { _ in
            let status = login().status
            statuses.withLock { $0[status, default: 0] += 1 }
        }
        #expect(statuses.withLock { $0 } == [401: 5, 429: 35])
    }

    @Test func `what is refused costs no hash`() throws {
        for _ in 0..<5 { _ = login() }
        let before = installation.service.hashing.computed
        _ = try retryAfter(login())
        #expect(installation.service.hashing.computed == before)
    }

    @Test func `an inactive account and a full line count nothing`() throws {
        let account = try installation.service.account(named: Self.email)
        _ = try installation.service.update(account.id, AccountForm(state: .inactive), by: .operator)
        for _ in 0..<20 { #expect(login(Self.email, Self.password).code == "account_inactive") }
        let random = BlockingRandomSource()
        let full = try TestInstallation(slots: 1, lineLength: 0, random: random, throttle: ThrottlePolicy())
        random.close()
        let token = full.adminToken
        let body = #"{"email": "x@example.test", "password": "a long enough one"}"#
        let holder = Background { full.call("POST", "/auth/register", body, token: token).status }
        random.waitUntilBlocked()
        // Nor do they wait for the store.
        try full.connection().whileLocked {
            for _ in 0..<20 { #expect(full.login("y@example.test", "wrong").code == "overloaded") }
        }
        random.open()
        #expect(try holder.value() == 200)
        #expect(full.login("y@example.test", "wrong").status == 401)
    }

    @Test func `logging out is never throttled`() throws {
        let session = try #require(login(Self.email, Self.password).sessionToken)
        for _ in 0..<60 { _ = login() }
        #expect(installation.call("POST", "/auth/logout", token: session).status == 200)
    }

    @Test func `only a program that may say so says for whom it logs in`() throws {
        let plain = try installation.token(scopes: [.login])
        let trusted = try installation.token(scopes: [.login, .clientAddress])
        func login(_ token: String, for address: String, forwarded: String = "") -> Int {
            installation.call(
                "POST", "/auth/login", TestInstallation.credentials(Self.email, "wrong"), token: token,
                fields: ["X-Client-Address": address, "X-Forwarded-For": address, "Forwarded": "for=\(address)"]
            ).status
        }
        // By the account's counter alone.
        for index in 0..<100 { #expect(login(plain, for: "198.51.100.\(index)") == 401) }
        #expect(login(plain, for: "198.51.100.101") == 429)
        installation.clock.advance(by: 3600)
        for _ in 0..<5 { #expect(login(trusted, for: "198.51.100.7") == 401) }
        #expect(login(trusted, for: "198.51.100.7") == 429)
        for index in 0..<20 { #expect(login(trusted, for: "203.0.113.\(index)") == 401) }
    }

    @Test func `a wrong present password counts for the account, wherever it comes from`() throws {
        let session = try #require(login(Self.email, Self.password).sessionToken)
        func change(_ current: String, from address: String) -> TestAnswer {
            installation.call(
                "PUT", "/account/me",
                #"{"current_password": "\#(current)", "new_password": "another long one"}"#, token: session,
                variables: ["REMOTE_ADDR": address])
        }
        for index in 0..<5 { #expect(change("wrong one", from: "192.0.2.\(index)").status == 400) }
        #expect(try retryAfter(change(Self.password, from: "192.0.2.9")) == 1)
        installation.clock.advance(by: 1)
        #expect(change(Self.password, from: "192.0.2.9").status == 200)
        #expect(change("wrong one", from: "192.0.2.9").status == 400)
    }

    @Test func `registrations from one address are limited`() throws {
        let few = ThrottlePolicy(registration: .window(limit: 3, seconds: 60))
        let installation = try TestInstallation(throttle: few)
        func register(_ index: Int, from address: String = "192.0.2.1") -> TestAnswer {
            installation.call(
                "POST", "/auth/register", TestInstallation.credentials("r\(index)@example.test", Self.password),
                token: installation.adminToken, fields: ["X-Client-Address": address])
        }
        for index in 0..<3 { #expect(register(index).status == 200) }
        #expect(try retryAfter(register(3)) == 60)
        #expect(register(3, from: "192.0.2.2").status == 200)
        installation.clock.advance(by: 60)
        #expect(register(4).status == 200)
    }

    @Test func `bad tokens are limited, good ones from the same address never`() throws {
        let few = ThrottlePolicy(token: .window(limit: 3, seconds: 60))
        let installation = try TestInstallation(throttle: few)
        for _ in 0..<3 { #expect(installation.call("GET", "/auth/session", token: "pst_bad").status == 401) }
        #expect(try retryAfter(installation.call("GET", "/auth/session", token: "pst_bad")) == 60)
        #expect(installation.call("GET", "/auth/verify", token: "pst_bad").status == 401)
        #expect(installation.call("GET", "/auth/session", token: installation.adminToken).status == 200)
        #expect(installation.call("GET", "/auth/session").status == 401)
        installation.clock.advance(by: 60)
        #expect(installation.call("GET", "/auth/session", token: "pst_bad").status == 401)
    }

    @Test func `counters hold across processes, and go away when they have expired`() throws {
        for _ in 0..<5 { _ = login() }
        let count = { try installation.connection().number("SELECT count(*) FROM throttle") }
        #expect(try count() == 3)
        installation.clock.advance(by: 3600)
        try installation.service.prune(at: try #require(try installation.service.pruningMoment()))
        #expect(try count() == 0)
    }
}
