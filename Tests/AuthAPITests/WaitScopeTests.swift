import Cryptography
import Identity
import Storage
import Synchronization
import TestSupport
import Testing

struct WaitScopeTests {
    /// Counts the waits that have begun, and those that have ended.
    private final class Count: Sendable {
        let begun = Atomic(0)
        let ended = Atomic(0)

        var scope: WaitScope {
            WaitScope { wait in
                self.begun.add(1, ordering: .relaxed)
                wait()
                self.ended.add(1, ordering: .relaxed)
            }
        }

        var waits: Int {
            #expect(begun.load(ordering: .relaxed) == ended.load(ordering: .relaxed))
            return begun.load(ordering: .relaxed)
        }
    }

    @Test func `what comes out of a wait is what it returns or throws`() throws {
        let count = Count()
        #expect(count.scope.run { 7 } == 7)
        #expect(throws: CancellationError.self) { try count.scope.run { throw CancellationError() } }
        #expect(count.waits == 2)
    }

    @Test func `each write and each hash is a wait, and what only reads is none`() throws {
        let folder = try TemporaryFolder()
        _ = try SQLiteStore.create(path: folder.path("p.sqlite3"))
        let (writes, hashes) = (Count(), Count())
        let store = try SQLiteStore(path: folder.path("p.sqlite3"), waits: writes.scope)
        let random = OpenSSLRandomSource()
        let service = AuthenticationService(
            store: store,
            hasher: PasswordHasher(
                scheme: TestInstallation.cheapScheme, slots: 1, lineLength: 1,
                random: random, waits: hashes.scope),
            throttle: nil, sessionLifetime: 3600, sessionIdleTimeout: 3600, random: random)
        _ = try service.createOrganization(name: "Example", slug: "example")
        #expect(writes.waits == 1)
        #expect(hashes.waits == 0)
        #expect(try store.organization("example") != nil)
        #expect(try service.authenticate(bearer: "pst_none") == nil)
        #expect(writes.waits == 1)
        #expect(throws: AuthenticationError.invalidCredentials()) {
            try service.login(
                email: "nobody@example.test", password: Password(utf8: Array("a long enough one".utf8)), by: .operator)
        }
        #expect(hashes.waits == 1)
        // The failure is in the audit log.
        #expect(writes.waits == 2)
    }
}
