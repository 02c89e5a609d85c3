import Cryptography
import TestSupport
import Testing

@testable import Identity
@testable import Storage

/// Rules on an engine that undoes a transaction and runs it again, as PostgreSQL may.
struct RepeatedRuleTests {
    private let folder: TemporaryFolder
    private let service: AuthenticationService

    init() throws {
        folder = try TemporaryFolder()
        _ = try SQLiteStore.create(path: folder.path("p.sqlite3"))
        service = AuthenticationService(
            store: try DeferredStore(folder.path("p.sqlite3"), repeats: true),
            hasher: PasswordHasher(
                choice: .named(TestInstallation.cheapScheme), concurrency: 1, queueLength: 4,
                random: OpenSSLRandomSource()),
            sessionLifetime: 3600, sessionIdleTimeout: 1800,
            clock: WallClock(now: { Timestamp(secondsSince1970: 1_770_559_965) }, uptime: { .zero }))
    }

    /// The number of attempts under way at a counter; `nil` for none.
    private func underWay(_ key: ThrottleKey) -> Int? {
        var number: Int?
        let attempts = service.attemptsUnderWay
        _ = attempts.place(for: key, among: [key], present: nil, seen: attempts.ends) { _, underWay in
            number = underWay
            return false
        }
        return number
    }

    @Test func `an attempt whose rule ran twice is under way once, and ends`() throws {
        let caller = Caller(.anonymous, address: "192.0.2.7")
        let attempt = try service.reserveLogin(emailKey: "ann@example.test", by: caller)
        let key = try #require(attempt.cleared)
        #expect(underWay(key) == 1)
        service.finish(attempt)
        #expect(underWay(key) == nil)
    }
}
