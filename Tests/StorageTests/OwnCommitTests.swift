import Foundation
import GRDB
import Identity
import TestSupport
import Testing

@testable import Storage

struct OwnCommitTests {
    private let contract: IdentityStoreContract
    private let store: SQLiteStore
    private let path: String
    private let file: FileSystem.FileID
    private let queue: DatabaseQueue
    private let index: WALIndex

    init() throws {
        contract = try IdentityStoreContract()
        path = contract.folder.path("p.sqlite3")
        store = try SQLiteStore(path: path)
        file = try #require(FileSystem.FileID(path))
        queue = try DatabaseQueue(path: path, configuration: SQLiteStore.configuration(busyTimeout: 5, readonly: false))
        let file = file
        index = try #require(queue.unsafeRead { WALIndex($0, of: file) })
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
        store.readers.principals.principal(session.tokenHash, at: try #require(index.commit)) != nil
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
        try store.changeCounters([key]) { _ in
            [key: ThrottleCounter(attempts: 1, since: now, blockedUntil: now, expiresAt: now)]
        }
        #expect(try isKept(session))
        #expect(try store.pruneCounters(at: contract.now, limit: 1) == 1)
        #expect(try isKept(session))
        #expect(index.commit != commit)
        #expect(store.readers.principals.principal(session.tokenHash, at: commit) == nil)
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
                var change = AccountChange(account, events: [], ending: IdentityStoreContract.ending)
                switch kind {
                case 0: change.account.state = .inactive
                case 1: change.account.installationRoles = RoleSet([.admin])
                default: change.erases = true
                }
                return change
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
        let other = try DatabaseQueue(path: path)
        try other.writeWithoutTransaction { db in
            // The first waits for the lock, the second for the first, and the third is written with the second.
            try db.execute(sql: "BEGIN IMMEDIATE")
            let writers = (0..<3).map { number in
                defer { Thread.sleep(forTimeInterval: 0.1) }
                return Background {
                    guard number == 2 else { return try store.append(IdentityStoreContract.event(.loginFailed)) }
                    _ = try store.endSessions(
                        .one(session.id), of: session.account, event: IdentityStoreContract.ending)
                }
            }
            try db.execute(sql: "ROLLBACK")
            for writer in writers { try writer.value() }
        }
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

    private func write(_ db: Database) throws { try db.execute(sql: "PRAGMA user_version = 0") }

    private func commit(_ db: Database) throws -> OwnCommit? {
        var commit: OwnCommit?
        try db.inTransaction(.immediate) {
            commit = try OwnCommit(db, of: file)
            try write(db)
            return .commit
        }
        return commit
    }

    @Test func `an own commit has its ends`() throws {
        let other = try DatabaseQueue(path: path)
        for _ in 0..<3 {
            // Foreign ones before count for nothing, nor do checkpoints that begin the log anew.
            try other.writeWithoutTransaction { db in
                try write(db)
                _ = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(RESTART)")
            }
            let before = try #require(index.commit)
            try queue.writeWithoutTransaction { db in
                let ends = try #require(try commit(db)?.ends(db))
                #expect(ends.before == before && ends.after == index.commit && ends.after != before)
            }
        }
    }

    @Test(arguments: [false, true])
    func `a commit of others right behind it is noticed`(beginsLogAnew: Bool) throws {
        let other = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { db in
            let commit = try commit(db)
            try other.writeWithoutTransaction { db in
                if beginsLogAnew { _ = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
                try write(db)
            }
            #expect(try commit?.ends(db) == nil)
        }
    }
}
