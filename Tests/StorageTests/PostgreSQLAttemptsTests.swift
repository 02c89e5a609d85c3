import Cryptography
import Glibc
import Identity
import Storage
import StoreContract
import Synchronization
import TestSupport
import Testing

/// Attempts that arrive at several responders at once, and are counted as if it were one.
struct PostgreSQLAttemptsTests {
    private let responders: PostgreSQLResponders
    private static let password = "correct horse battery"

    init() throws { responders = try PostgreSQLResponders() }

    private func form(_ email: String) throws -> RegistrationForm {
        try RegistrationForm(
            email: EmailAddress(email), password: Password(utf8: Array(Self.password.utf8)), roles: [.appMember],
            policy: PasswordPolicy())
    }

    /// The number of each outcome of calls on all responders at once, if an answer that the store is unavailable is
    /// one as well.
    private func outcomes(
        _ number: Int, _ services: [AuthenticationService], _ call: (AuthenticationService, Int) throws -> Void
    ) -> [String: Int] {
        let outcomes = Mutex<[String: Int]>([:])
        concurrently(number) { index in
            var outcome = "done"
            do {
                try call(services[index % services.count], index)
            } catch let error as AuthenticationError {
                outcome = String("\(error)".prefix { $0 != "(" })
            }
            outcomes.withLock { $0[outcome, default: 0] += 1 }
        }
        return outcomes.withLock { $0 }
    }

    private func logIn(_ service: AuthenticationService, _ password: String) throws {
        _ = try service.login(
            email: "ann@example.test", password: Password(utf8: Array(password.utf8)),
            by: Caller(.anonymous, address: "192.0.2.7"))
    }

    // dex#1341, concourse#2531, hydra#3604, kratos#4058
    @Test func `sixty-four right logins of one account at once are let in or told to wait`() throws {
        let services = try responders.services()
        _ = try services[0].createAccount(form("ann@example.test"), in: "example")
        let found = outcomes(64, services) { service, _ in try logIn(service, Self.password) }
        #expect(Set(found.keys).isSubset(of: ["done", "tooManyAttempts"]), "\(found)")
        #expect(found["done", default: 0] > 0)
        // None of them was counted in the end.
        try logIn(services[1], Self.password)
    }

    // keycloak#52646, keycloak#31726
    @Test func `of guesses on all responders at once as many are checked as are tolerated`() throws {
        let services = try responders.services(
            ThrottlePolicy(pair: .backoff(tolerated: 5, shortest: 60, longest: 900)))
        _ = try services[0].createAccount(form("ann@example.test"), in: "example")
        let before = services.map { $0.hashing.computed }.reduce(0, +)
        let found = outcomes(48, services) { service, _ in try untilTaken { try logIn(service, "not this one") } }
        #expect(Set(found.keys) == ["invalidCredentials", "tooManyAttempts"], "\(found)")
        #expect(services.map { $0.hashing.computed }.reduce(0, +) - before == 5)
    }

    /// The outcomes of logins one after the other, on all responders in turn.
    private func outcomes(of passwords: [String], _ services: [AuthenticationService]) throws -> [String] {
        try passwords.enumerated().map { index, password in
            do {
                try logIn(services[index % services.count], password)
                return "done"
            } catch let error as AuthenticationError {
                return String("\(error)".prefix { $0 != "(" })
            }
        }
    }

    @Test func `a guess that was checked while the store failed stays counted, and a right password does not`() throws {
        let services = try responders.services(
            ThrottlePolicy(pair: .backoff(tolerated: 5, shortest: 60, longest: 900)))
        _ = try services[0].createAccount(form("ann@example.test"), in: "example")
        let connection = try responders.connection()
        // Neither the failure nor the success of a login can be written then.
        try connection.execute("ALTER TABLE audit_event RENAME TO gone")
        let (right, wrong) = (Self.password, "not this one")
        #expect(try outcomes(of: [wrong, right, wrong, right], services) == Array(repeating: "store", count: 4))
        try connection.execute("ALTER TABLE gone RENAME TO audit_event")
        let found = try outcomes(of: Array(repeating: wrong, count: 4), services)
        #expect(found == Array(repeating: "invalidCredentials", count: 3) + ["tooManyAttempts"])
    }

    @Test func `a guess that was not checked since the store failed does not stay counted`() throws {
        let services = try responders.services(
            ThrottlePolicy(pair: .backoff(tolerated: 3, shortest: 60, longest: 900)))
        _ = try services[0].createAccount(form("ann@example.test"), in: "example")
        let connection = try responders.connection()
        let hashed = services.map { $0.hashing.computed }.reduce(0, +)
        // No password is found then, and counters are as before.
        try connection.execute("ALTER TABLE account RENAME TO gone")
        #expect(
            try outcomes(of: Array(repeating: Self.password, count: 6), services) == Array(repeating: "store", count: 6)
        )
        #expect(services.map { $0.hashing.computed }.reduce(0, +) == hashed)
        try connection.execute("ALTER TABLE gone RENAME TO account")
        let found = try outcomes(of: Array(repeating: "not this one", count: 4), services)
        #expect(found == Array(repeating: "invalidCredentials", count: 3) + ["tooManyAttempts"])
    }

    @Test func `a server that has crashed since it counted a guess does not tell what the guess came to`() throws {
        let cluster = try PostgreSQLCluster()
        let responders = try PostgreSQLResponders(1, in: cluster.uri)
        let store = responders.stores[0]
        let server = try store.changeCounters([ThrottleKey(bytes: [7])], repeats: true) { _ in nil }
        try store.append(IdentityStoreContract.event(.loginFailed), on: server)
        // All of its processes but the first end, and start anew; the count may be lost.
        try cluster.signal(SIGKILL, to: "walwriter")
        let end = ContinuousClock.now + .seconds(60)
        let event = try IdentityStoreContract.event(.loginFailed)
        var outcome: StoreError?
        while outcome != .replacedServer {
            try #require(ContinuousClock.now < end, "it is taken for the same server")
            do throws(StoreError) {
                try store.append(event, on: server)
            } catch {
                outcome = error
            }
        }
        try store.append(IdentityStoreContract.event(.loginFailed))
        let next = try store.changeCounters([ThrottleKey(bytes: [7])], repeats: true) { _ in nil }
        #expect(next != server && next.number == server.number)
        withExtendedLifetime(responders) {}
    }

    // kratos#861
    @Test func `of sixteen registrations of one address on all responders at once one is done`() throws {
        let services = try responders.services()
        let found = outcomes(16, services) { service, _ in
            _ = try untilTaken { try service.createAccount(form("ann@example.test"), in: "example") }
        }
        #expect(found == ["done": 1, "accountExists": 15])
    }
}
