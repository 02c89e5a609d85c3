import Cryptography
import Foundation
import Identity
import StoreContract
import Synchronization
import TestSupport
import Testing

@testable import Storage

struct PrincipalCacheTests {
    private let contract: IdentityStoreContract
    private let reader: ReaderPool.Reader
    private let index: WALIndex
    private let cache = PrincipalCache()

    init() throws {
        contract = try IdentityStoreContract()
        let path = contract.folder.path("p.sqlite3")
        reader = try Self.open(path)
        index = try #require(reader.index)
    }

    private static func open(_ path: String, as file: FileSystem.FileID? = nil) throws -> ReaderPool.Reader {
        let connection = try SQLiteConnection(path, readonly: true, busyTimeout: 1)
        let file = try #require(file ?? FileSystem.FileID(path))
        return try ReaderPool.Reader(DatabaseFiles.Opened(connection: connection, file: file))
    }

    private func lookUp(_ session: Session) throws -> Principal? {
        let hash = session.tokenHash
        let found = try cache.principal(hash, at: reader.index) {
            try reader.transaction.principal(.session, hash).value
        }
        return try? found.get()
    }

    private func begin() throws -> Session {
        let account = try contract.add("a\(UUID())@example.test")
        let session = try contract.session(of: account, lifetime: 1_000_000)
        #expect(try contract.begin(session, of: account) != nil)
        return session
    }

    private func end(_ session: Session) throws {
        #expect(
            try contract.store.endSessions(
                .one(session.id), of: session.account, event: IdentityStoreContract.ending) == 1)
    }

    @Test func `a commit of any connection is seen, and nothing else`() throws {
        let session = try begin()
        let path = contract.folder.path("p.sqlite3")
        let other = try TestDatabase(path)
        let commit = try #require(index.commit)
        #expect(try lookUp(session) != nil)
        try other.execute("BEGIN; DELETE FROM session")
        #expect(index.commit == commit)
        try other.execute("ROLLBACK; PRAGMA wal_checkpoint(PASSIVE)")
        #expect(index.commit == commit)
        var seen = [commit]
        for _ in 0..<3 {
            // Each time the same bytes in the same place: the log begins anew.
            try other.execute("PRAGMA user_version = 0; PRAGMA wal_checkpoint(TRUNCATE)")
            let commit = try #require(index.commit)
            #expect(!seen.contains(commit))
            seen.append(commit)
        }
    }

    @Test func `where there is no log nothing tells one state from another`() throws {
        let path = contract.folder.path("q.sqlite3")
        _ = try SQLiteStore.create(path: path)
        // The last connection puts everything into the database, and removes the log.
        try TestDatabase(path).execute("SELECT count(*) FROM account")
        let reader = try Self.open(path)
        let index = try #require(reader.index)
        #expect(index.commit == nil)
        try TestDatabase(path).execute("PRAGMA user_version = 0")
        #expect(index.commit != nil)
    }

    @Test func `a log that is recovered looks like none before it`() throws {
        let path = contract.folder.path("p.sqlite3")
        let other = try TestDatabase(path)
        var seen: [WALIndex.Commit] = []
        for _ in 0..<3 {
            // Each time the log begins anew, the same page is in it, and recovery counts from zero.
            try Self.empty(other)
            try Self.tearWALIndex(of: path)
            _ = try reader.transaction.run("SELECT count(*) FROM session")
            let commit = try #require(index.commit)
            #expect(!seen.contains(commit))
            seen.append(commit)
        }
    }

    /// Puts the whole log into the database, and begins a new one that holds the first page only.
    private static func empty(_ database: TestDatabase) throws {
        try database.execute("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA user_version = 0")
    }

    /// Leaves the wal-index as a writer does that is killed while it changes it: its two headers differ.
    private static func tearWALIndex(of path: String) throws {
        // Closing it gives up this process's locks on it, and no other process has it.
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: "\(path)-shm"))
        defer { try? file.close() }
        try file.seek(toOffset: 48)
        try file.write(contentsOf: Data(repeating: 0xFF, count: 48))
    }

    @Test func `files whose commits look the same are told apart`() throws {
        let session = try begin()
        try Self.empty(TestDatabase(contract.folder.path("p.sqlite3")))
        func copy(_ suffix: String, to name: String) throws {
            try FileManager.default.copyItem(
                atPath: contract.folder.path("p.sqlite3\(suffix)"), toPath: contract.folder.path(name + suffix))
        }
        func move(_ name: String, to other: String) throws {
            for suffix in ["", "-wal", "-shm"]
            where FileManager.default.fileExists(atPath: contract.folder.path(name + suffix)) {
                try FileManager.default.moveItem(
                    atPath: contract.folder.path(name + suffix), toPath: contract.folder.path(other + suffix))
            }
        }
        for name in ["q", "r"] { try copy("", to: name) }
        // Ended in the database itself, so that the same log fits.
        try TestDatabase(contract.folder.path("r")).execute("DELETE FROM session")
        for name in ["q", "r"] { try copy("-wal", to: name) }

        let store = try SQLiteStore(path: contract.folder.path("q"))
        func principal() throws -> Principal? {
            try store.principal(session: session.tokenHash, at: contract.now, idleSince: contract.now + -1)
        }
        let path = contract.folder.path("q")
        func commit(as file: FileSystem.FileID? = FileSystem.FileID(path)) throws -> WALIndex.Commit? {
            try #require(Self.open(contract.folder.path("q"), as: file).index).commit
        }
        #expect(try principal() != nil)
        let file = try #require(FileSystem.FileID(path))
        let first = try #require(try commit())
        try move("q", to: "s")
        try move("r", to: "q")
        #expect(try principal() == nil)
        #expect(try commit() != first)
        // By nothing else.
        #expect(try commit(as: file) == first)
    }

    @Test func `a principal is kept until the next commit`() throws {
        let session = try begin()
        let commit = try #require(index.commit)
        #expect(cache.kept(session.tokenHash, at: commit) == nil)
        let principal = try #require(try lookUp(session))
        #expect(cache.kept(session.tokenHash, at: commit) == principal)
        #expect(try lookUp(session) == principal)
        try contract.store.noteUse(of: [.session(session.id): contract.now + 90])
        let next = try #require(index.commit)
        #expect(cache.kept(session.tokenHash, at: next) == nil)
        #expect(try lookUp(session)?.lastUsedAt == contract.now + 90)
        #expect(cache.kept(session.tokenHash, at: next) != nil)
        #expect(cache.kept(session.tokenHash, at: commit) == nil)
    }

    /// A change by another process, which has the database open by itself, is seen at the next lookup.
    private func expectSeen(
        by session: Session, _ change: (SQLiteStore, Session) throws -> Void, _ isSeen: (Principal) -> Bool,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = try #require(try lookUp(session))
        #expect(!isSeen(before), sourceLocation: sourceLocation)
        #expect(cache.kept(session.tokenHash, at: try #require(index.commit)) == before, sourceLocation: sourceLocation)
        try change(try SQLiteStore(path: contract.folder.path("p.sqlite3")), session)
        let after = try #require(try lookUp(session))
        #expect(isSeen(after), sourceLocation: sourceLocation)
    }

    @Test func `a factor, a policy and a role that another process changes are seen at once`() throws {
        let session = try begin()
        try expectSeen(by: session) { store, _ in
            _ = try store.change(contract.organization.id) { present in
                var new = present
                new.secondFactor = .admins
                return (new, try IdentityStoreContract.event(.organizationChanged))
            }
        } _: {
            $0.assurance?.homePolicy == .admins && $0.membership?.secondFactor == .admins
        }
        try expectSeen(by: session) { store, session in
            try store.write { transaction in
                let account = Int64(bitPattern: session.account.rawValue)
                try transaction.run(
                    "INSERT INTO recovery_code (account_id, digest) VALUES ($1, $2)", account, [UInt8(1)])
                try transaction.noteFactors(of: session.account)
            }
        } _: {
            $0.assurance?.factors == .recoveryCode
        }
        try expectSeen(by: session) { store, session in
            _ = try store.change(.account(session.account)) { account, _ in
                var edit = AccountEdit(account, events: [], ending: IdentityStoreContract.ending)
                edit.account.users[0].roles = RoleSet([.appAdmin])
                return edit
            }
        } _: {
            $0.assurance?.homeRoles == RoleSet([.appAdmin])
        }
    }

    @Test func `a session that another process confirms has its old token no more, and its new proofs`() throws {
        let session = try begin()
        #expect(try lookUp(session) != nil)
        let renewed = TokenHash(bytes: [1, 2, 3])
        let store = try SQLiteStore(path: contract.folder.path("p.sqlite3"))
        let email = try #require(try store.account(session.account)).email
        let outcome = try store.confirm(
            ConfirmedSession(
                session: session.id, account: session.account, present: session.tokenHash, renewed: renewed),
            proof: .password(verified: "$h$\(email)"), attempt: ThrottleReservation(), at: contract.now + 60,
            event: IdentityStoreContract.event(.sessionConfirmed))
        #expect(outcome != .gone && outcome != .refused)
        #expect(try lookUp(session) == nil)
        let principal = try cache.principal(renewed, at: reader.index) {
            try reader.transaction.principal(.session, renewed).value
        }.get()
        #expect(principal.assurance?.authentication.authenticatedAt == contract.now + 60)
    }

    @Test func `what was kept before a commit is not found beside what is kept after it`() throws {
        let session = try begin()
        let principal = try #require(try lookUp(session))
        try end(session)
        let commit = try #require(index.commit)
        // The first byte says where it is kept.
        let other = TokenHash(bytes: [try #require(session.tokenHash.bytes.first)])
        cache.keep(principal, other, at: commit)
        #expect(cache.kept(other, at: commit) == principal)
        #expect(cache.kept(session.tokenHash, at: commit) == nil)
    }

    @Test func `what is not there is not kept`() throws {
        let session = try begin()
        try end(session)
        for _ in 0..<2 { #expect(try lookUp(session) == nil) }
        #expect(cache.kept(session.tokenHash, at: try #require(index.commit)) == nil)
    }

    @Test func `it holds so many and no more`() throws {
        let session = try begin()
        let principal = try #require(try lookUp(session))
        let commit = try #require(index.commit)
        func hash(_ number: Int) -> TokenHash {
            TokenHash(bytes: [UInt8(number & 255), UInt8(number >> 8 & 255), UInt8(number >> 16)])
        }
        let numbers = 0..<200_000
        for number in numbers { cache.keep(principal, hash(number), at: commit) }
        #expect(cache.kept(hash(numbers.upperBound - 1), at: commit) == principal)
        #expect(numbers.count { cache.kept(hash($0), at: commit) != nil } <= 64 * 512)
    }

    @Test func `a profile is kept until the next commit, and for an equal principal alone`() throws {
        let session = try begin()
        let principal = try #require(try lookUp(session))
        let commit = try #require(index.commit)
        let text = Array("{}".utf8)
        #expect(cache.keptProfile(of: principal, at: commit) == nil)
        cache.keep(profile: text, of: principal, at: commit)
        #expect(cache.keptProfile(of: principal, at: commit) == text)
        // As it was before its roles changed: its text may have been written of an older principal.
        let other = Principal(
            credential: principal.credential, expiresAt: principal.expiresAt, lastUsedAt: principal.lastUsedAt,
            sessionCreatedAt: principal.sessionCreatedAt, account: principal.account, email: principal.email,
            installationRoles: RoleSet([.admin]),
            installationHasOneOrganization: principal.installationHasOneOrganization,
            membership: principal.membership)
        #expect(cache.keptProfile(of: other, at: commit) == nil)
        try end(session)
        #expect(cache.keptProfile(of: principal, at: try #require(index.commit)) == nil)
    }

    @Test func `a profile that is longer than most is not kept`() throws {
        let session = try begin()
        let principal = try #require(try lookUp(session))
        let commit = try #require(index.commit)
        cache.keep(profile: [UInt8](repeating: 0x20, count: 4096), of: principal, at: commit)
        #expect(cache.keptProfile(of: principal, at: commit)?.count == 4096)
        cache.keep(profile: [UInt8](repeating: 0x20, count: 4097), of: principal, at: commit)
        #expect(cache.keptProfile(of: principal, at: commit)?.count == 4096)
    }

    @Test func `a profile is written once, until something changes`() throws {
        let session = try begin()
        let principal = try #require(try lookUp(session))
        var written: [String] = []
        func profile() throws -> String? {
            try contract.store.profile(of: principal) { account, organization in
                written.append("\(account.id) \(organization.map { "\($0.id)" } ?? "-")")
                return Array("\(written.count)".utf8)
            }.map { String(decoding: $0, as: UTF8.self) }
        }
        for _ in 0..<2 { #expect(try profile() == "1") }
        // A login and a registration.
        _ = try begin()
        #expect(try profile() == "1")
        try contract.store.noteUse(of: [.session(session.id): contract.now + 90])
        for _ in 0..<2 { #expect(try profile() == "2") }
        #expect(Set(written) == ["\(principal.account) \(contract.organization.id)"])
    }

    @Test func `whoever was told of the end of a session finds it ended, whatever others read meanwhile`() throws {
        let path = contract.folder.path("p.sqlite3")
        let stores = try (0..<2).map { _ in try SQLiteStore(path: path) }
        let account = try contract.add("ann@example.test")
        let current = Mutex<Session?>(nil)
        let isOver = Atomic(false)
        concurrently(6) { thread in
            guard thread == 0 else {
                while !isOver.load(ordering: .relaxed) {
                    if thread > 3 {
                        // Logins change no principal, and are many.
                        let other = try contract.session(of: account)
                        _ = try contract.begin(other, of: account, in: stores[thread % 2])
                    }
                    guard let session = current.withLock({ $0 }) else { continue }
                    _ = try stores[thread % 2].principal(
                        session: session.tokenHash, at: contract.now, idleSince: contract.now + -1)
                }
                return
            }
            defer { isOver.store(true, ordering: .relaxed) }
            for _ in 0..<100 {
                let session = try contract.session(of: account)
                _ = try contract.begin(session, of: account)
                current.withLock { $0 = session }
                func principals() throws -> [Principal?] {
                    try stores.map {
                        try $0.principal(session: session.tokenHash, at: contract.now, idleSince: contract.now + -1)
                    }
                }
                for _ in 0..<3 { #expect(try principals().allSatisfy { $0 != nil }) }
                try end(session)
                #expect(try principals() == [nil, nil])
            }
        }
    }
}
