import Cryptography
import TestSupport
import Testing

@testable import Identity
@testable import Storage

/// Logins on an engine that loses the answer to a commit, as PostgreSQL may.
struct UncertainLoginTests {
    private let folder: TemporaryFolder
    private let store: DeferredStore
    private let service: AuthenticationService
    private static let address = "192.0.2.7"

    init() throws {
        folder = try TemporaryFolder()
        _ = try SQLiteStore.create(path: folder.path("p.sqlite3"))
        store = try DeferredStore(folder.path("p.sqlite3"))
        service = AuthenticationService(
            store: store,
            hasher: PasswordHasher(
                choice: .named(TestInstallation.cheapScheme), concurrency: 1, queueLength: 4,
                random: OpenSSLRandomSource()),
            sessionLifetime: 3600, sessionIdleTimeout: 1800,
            clock: WallClock(now: { Timestamp(secondsSince1970: 1_770_559_965) }, uptime: { .zero }))
        let owner = try RegistrationForm(
            email: EmailAddress(TestInstallation.ownerEmail),
            password: Password(utf8: Array(TestInstallation.ownerPassword.utf8)), roles: [.appOwner],
            policy: PasswordPolicy())
        _ = try service.initialize(organizationName: "Example", slug: "example", owner: owner)
    }

    private func logIn(_ password: String) throws {
        _ = try service.login(
            email: TestInstallation.ownerEmail, password: Password(utf8: Array(password.utf8)),
            by: Caller(.anonymous, address: Self.address))
    }

    /// The attempts of the client's network that are counted.
    private func attempts() throws -> Int64? {
        let key = try ThrottleKeys(secret: nil).key(.address, "\(ClientNetwork(Self.address))")
        return try store.counters([key])[key]?.attempts
    }

    @Test func `a login whose commit may have been done is given back once`() throws {
        for _ in 0..<2 { #expect(throws: AuthenticationError.self) { try logIn("not this one") } }
        #expect(try attempts() == 2)
        // The first commit counts the attempt; the second one begins the session, and gives it back.
        store.loseAnswer(toCommit: 2)
        let error = #expect(throws: AuthenticationError.self) { try logIn(TestInstallation.ownerPassword) }
        #expect(error == .store(StoreError(.uncertain, "the answer is lost")))
        #expect(try attempts() == 2)
    }
}
