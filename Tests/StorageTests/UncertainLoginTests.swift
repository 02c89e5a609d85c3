import Cryptography
import StoreContract
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
            clock: WallClock(now: { Self.now }, uptime: { .zero }))
        let owner = try RegistrationForm(
            email: EmailAddress(TestInstallation.ownerEmail),
            password: Password(utf8: Array(TestInstallation.ownerPassword.utf8)), roles: [.appOwner],
            policy: PasswordPolicy())
        _ = try service.initialize(organizationName: "Example", slug: "example", owner: owner)
    }

    private static let now = Timestamp(secondsSince1970: 1_770_559_965)

    @discardableResult
    private func logIn(
        _ password: String, _ email: String = TestInstallation.ownerEmail
    ) throws -> AuthenticationService.Login {
        try service.login(
            email: email, password: Password(utf8: Array(password.utf8)),
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

    @Test func `a server that did not count a guess neither tells that it is right nor gives it back`() throws {
        for password in [TestInstallation.ownerPassword, "not this one"] {
            let before = try attempts() ?? 0
            store.replaceServer(afterCommit: 1)
            let error = #expect(throws: AuthenticationError.self) { try logIn(password) }
            #expect(error == .store(.replacedServer), "\(password)")
            #expect(try attempts() == before + 1)
        }
        try logIn(TestInstallation.ownerPassword)
        #expect(try attempts() == 2)
    }

    @Test func `nor does it tell that an account is inactive`() throws {
        let form = try RegistrationForm(
            email: EmailAddress("ann@example.test"), password: Password(utf8: Array("correct horse battery".utf8)),
            roles: [.appMember], policy: PasswordPolicy())
        let account = try service.createAccount(form, in: "example")
        _ = try store.change(.account(account.id)) { present, _ in
            var edit = AccountEdit(present, events: [], ending: IdentityStoreContract.ending)
            edit.account.state = .inactive
            return edit
        }
        store.replaceServer(afterCommit: 1)
        for expected in [.store(.replacedServer), .accountInactive(account.id)] as [AuthenticationError] {
            let error = #expect(throws: AuthenticationError.self) {
                try logIn("correct horse battery", "ann@example.test")
            }
            #expect(error == expected)
        }
    }

    @Test func `nor does it tell that the present password is right before its change`() throws {
        let login = try logIn(TestInstallation.ownerPassword)
        let principal = try store.principal(
            session: login.token.hash, at: Self.now, idleSince: Self.now + -60)
        let caller = Caller(.principal(try #require(principal)), address: Self.address)
        let form = try OwnAccountForm(
            currentPassword: Password(utf8: Array(TestInstallation.ownerPassword.utf8)),
            newPassword: Password(utf8: Array("another fine passphrase".utf8)), email: login.account.email,
            policy: PasswordPolicy())
        let key = try ThrottleKey(of: ["password", "\(login.account.id)"], under: nil)
        store.replaceServer(afterCommit: 1)
        let error = #expect(throws: AuthenticationError.self) { try service.updateOwnAccount(form, by: caller) }
        #expect(error == .store(.replacedServer))
        #expect(try store.counters([key])[key]?.attempts == 1)
        _ = try service.updateOwnAccount(form, by: caller)
        #expect(try store.counters([key])[key] == nil)
        try logIn("another fine passphrase")
    }
}
