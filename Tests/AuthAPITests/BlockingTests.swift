import Cryptography
import Identity
import Storage
import Synchronization
import System
import TestSupport
import Testing

struct BlockingTests {
    /// Counts the waits that its threads tell of.
    private final class Pool: BlockingObserver {
        let begun = Atomic(0)
        let ended = Atomic(0)

        func willBlock() { begun.add(1, ordering: .relaxed) }
        func didBlock() { ended.add(1, ordering: .relaxed) }

        var waits: Int {
            #expect(begun.load(ordering: .relaxed) == ended.load(ordering: .relaxed))
            return begun.load(ordering: .relaxed)
        }
    }

    @Test func `each write and each hash is a wait, and a read is none`() throws {
        let folder = try TemporaryFolder()
        _ = try SQLiteStore.create(path: folder.path("p.sqlite3"))
        let store = try SQLiteStore(path: folder.path("p.sqlite3"))
        let random = OpenSSLRandomSource()
        let service = AuthenticationService(
            store: store,
            hasher: PasswordHasher(
                scheme: TestInstallation.cheapScheme, concurrency: 1, queueLength: 1, random: random),
            throttle: nil, sessionLifetime: 3600, sessionIdleTimeout: 3600, random: random)
        let pool = Pool()
        let failure = Mutex<(any Error)?>(nil)
        try Thread("waits") {
            Thread.joinPool(pool)
            do {
                _ = try service.createOrganization(name: "Example", slug: "example")
                #expect(pool.waits == 1)
                #expect(try store.organization("example") != nil)
                #expect(try service.authenticate(bearer: "pst_none") == nil)
                #expect(pool.waits == 1)
                #expect(throws: AuthenticationError.invalidCredentials()) {
                    try service.login(
                        email: "nobody@example.test", password: Password(utf8: Array("a long enough one".utf8)),
                        by: .operator)
                }
                // The hash, and the failure in the audit log.
                #expect(pool.waits == 3)
            } catch {
                failure.withLock { $0 = error }
            }
        }
        .join()
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
