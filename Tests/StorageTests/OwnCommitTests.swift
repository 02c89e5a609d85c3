import Foundation
import Identity
import StoreContract
import TestSupport
import Testing

@testable import Storage

struct OwnCommitTests {
    private let contract: IdentityStoreContract
    private let store: SQLiteStore
    private let path: String
    private let opened: DatabaseFiles.Opened
    private let index: WALIndex

    init() throws {
        contract = try IdentityStoreContract()
        path = contract.folder.path("p.sqlite3")
        store = try SQLiteStore(path: path)
        opened = try DatabaseFiles(path: path, busyTimeout: 5).open(readonly: false)
        index = try #require(WALIndex(opened))
    }

    /// Begins a session, and has its principal read and kept.
    private func keepOne() throws -> Session {
        let account = try contract.add("a\(UUID())@example.test")
        let session = try contract.session(of: account)
        #expect(try contract.begin(session, of: account) != nil)
        #expect(try principal(session) != nil)
        #expect(try isKept(session))
        return session
    }

    private func principal(_ session: Session) throws -> Principal? {
        try store.principal(session: session.tokenHash, at: contract.now, idleSince: contract.now + -1)
    }

    private func isKept(_ session: Session) throws -> Bool {
        store.principals.kept(session.tokenHash, at: try #require(index.commit)) != nil
    }

    @Test func `principals are kept over own commits that change none`() throws {
        let session = try keepOne()
        let commit = try #require(index.commit)
        let account = try IdentityStoreContract.account(
            "other@example.test", in: contract.organization.id, at: contract.now)
        let registered = try IdentityStoreContract.event(.accountRegistered)
        #expect(try store.insert(account, passwordHash: "$h$other@example.test", event: registered))
        #expect(try isKept(session))
        let other = try contract.session(of: account)
        #expect(try contract.begin(other, of: account, renewedHash: "new", in: store) != nil)
        #expect(try isKept(session))
        try store.append(IdentityStoreContract.event(.loginFailed))
        #expect(try isKept(session))
        let key = ThrottleKey(bytes: [UInt8](repeating: 1, count: 16))
        let now = contract.now
        try store.changeCounters([key], repeats: true) { _ in
            [key: ThrottleCounter(attempts: 1, since: now, blockedUntil: now, expiresAt: now)]
        }
        #expect(try isKept(session))
        #expect(try store.pruneCounters(at: contract.now, limit: 1) == 1)
        #expect(try isKept(session))
        #expect(index.commit != commit)
        #expect(store.principals.kept(session.tokenHash, at: commit) == nil)
    }

    @Test func `what tells that the store can be written keeps them, too`() throws {
        let session = try keepOne()
        let commit = try #require(index.commit)
        try store.checkReadiness()
        #expect(index.commit != commit)
        #expect(try isKept(session))
    }

    @Test func `principals are not kept over own commits that may change one`() throws {
        let session = try keepOne()
        try store.noteUse(of: [.session(session.id): contract.now + 90])
        #expect(try !isKept(session))
        #expect(try principal(session)?.lastUsedAt == contract.now + 90)
        #expect(
            try store.endSessions(.one(session.id), of: session.account, event: IdentityStoreContract.ending) == 1)
        #expect(try !isKept(session))
        #expect(try principal(session) == nil)
    }

    @Test func `a change of an account, or an end of sessions, counts`() throws {
        for kind in 0..<3 {
            let session = try keepOne()
            _ = try store.change(.account(session.account)) { account, _ in
                var edit = AccountEdit(account, events: [], ending: IdentityStoreContract.ending)
                switch kind {
                case 0: edit.account.state = .inactive
                case 1: edit.account.installationRoles = RoleSet([.admin])
                default: edit.erases = true
                }
                return edit
            }
            #expect(try !isKept(session))
        }
        let session = try keepOne()
        #expect(try store.pruneSessions(at: session.expiresAt, idleSince: contract.now, future: nil, limit: 100) > 0)
        #expect(try !isKept(session))
        #expect(try principal(session) == nil)
    }

    @Test func `one write that may change a principal counts for all that are written with it`() throws {
        let session = try keepOne()
        let store = store
        // The first waits for the lock, the second for the first, and the third is written with the second.
        let writers = try TestDatabase(path).whileLocked {
            (0..<3).map { number in
                defer { Thread.sleep(forTimeInterval: 0.1) }
                return Background {
                    guard number == 2 else { return try store.append(IdentityStoreContract.event(.loginFailed)) }
                    _ = try store.endSessions(
                        .one(session.id), of: session.account, event: IdentityStoreContract.ending)
                }
            }
        }
        for writer in writers { try writer.value() }
        #expect(try principal(session) == nil)
        #expect(try !isKept(session))
    }

    @Test func `principals are not kept over the commits of others`() throws {
        let session = try keepOne()
        // Of the contract's own store.
        #expect(
            try contract.store.endSessions(
                .one(session.id), of: session.account, event: IdentityStoreContract.ending) == 1)
        try store.append(IdentityStoreContract.event(.loginFailed))
        #expect(try !isKept(session))
        #expect(try principal(session) == nil)
    }

    private func commit() throws -> PrincipalCache.OwnCommit? {
        var commit: PrincipalCache.OwnCommit?
        _ = try opened.connection.transaction(immediate: true) {
            commit = try PrincipalCache.OwnCommit(opened)
            try opened.connection.run("PRAGMA user_version = 0")
            return .commit(())
        }
        return commit
    }

    @Test func `an own commit has its ends`() throws {
        let other = try TestDatabase(path)
        for _ in 0..<3 {
            // Foreign ones before count for nothing, nor do checkpoints that begin the log anew.
            try other.execute("PRAGMA user_version = 0; PRAGMA wal_checkpoint(RESTART)")
            let before = try #require(index.commit)
            let ends = try #require(try commit()?.ends(opened.connection))
            #expect(ends.before == before && ends.after == index.commit && ends.after != before)
        }
    }

    @Test(arguments: [false, true])
    func `a commit of others right behind it is noticed`(beginsLogAnew: Bool) throws {
        let other = try TestDatabase(path)
        let commit = try commit()
        if beginsLogAnew { try other.execute("PRAGMA wal_checkpoint(TRUNCATE)") }
        try other.execute("PRAGMA user_version = 0")
        #expect(try commit?.ends(opened.connection) == nil)
    }
}
