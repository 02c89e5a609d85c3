import CSQLite
import Dispatch
import Foundation
import Identity
import Synchronization
import TestSupport
import Testing

@testable import Storage

struct ReaderPoolTests {
    let folder: TemporaryFolder
    var path: String { folder.path("p.sqlite3") }

    init() throws {
        folder = try TemporaryFolder()
        _ = try SQLiteStore.create(path: path)
    }

    private func pool(_ size: Int) -> ReaderPool {
        ReaderPool(DatabaseFiles(path: path, busyTimeout: 1), size: size)
    }

    private func use(_ reader: ReaderPool.Reader) throws {
        #expect(try reader.transaction.principal(.apiToken, TokenHash(bytes: [1])).value == .failure(.unknown))
    }

    @Test func `no two have one reader at once, and there are never more than the pool has`() throws {
        let pool = pool(3)
        let lent = Mutex<(now: Set<ObjectIdentifier>, ever: Set<ObjectIdentifier>)>(([], []))
        concurrently(16) { _ in
            for _ in 0..<200 {
                try pool.read { reader in
                    let id = ObjectIdentifier(reader.opened.connection)
                    #expect(
                        lent.withLock {
                            $0.ever.insert(id); return $0.now.insert(id).inserted
                        })
                    try use(reader)
                    _ = lent.withLock { $0.now.remove(id) }
                }
            }
        }
        #expect(lent.withLock { $0.ever.count } <= 3)
    }

    @Test func `what fails gives its reader back`() throws {
        let pool = pool(1)
        for _ in 0..<3 {
            #expect(throws: CancellationError.self) { try pool.read { _ in throw CancellationError() } }
        }
        try pool.read(use)
    }

    @Test func `a reader whose transaction was left open is used no more`() throws {
        let pool = pool(1)
        var left: ObjectIdentifier?
        #expect(throws: CancellationError.self) {
            try pool.read { reader in
                left = ObjectIdentifier(reader.opened.connection)
                try reader.opened.connection.execute("BEGIN; SELECT count(*) FROM account")
                throw CancellationError()
            }
        }
        #expect(left != nil)
        try pool.read { reader in
            #expect(!reader.opened.connection.isInTransaction)
            try use(reader)
        }
    }

    @Test func `a writer whose transaction was left open is used no more`() throws {
        let writer = Writer(DatabaseFiles(path: path, busyTimeout: 1), principals: PrincipalCache())
        #expect(throws: CancellationError.self) {
            try writer.transaction { transaction in
                denyRollback(transaction.connection)
                throw CancellationError()
            }
        }
        try takeFreedInode()
        try writer.transaction { _ in .commit(()) }
    }

    /// Makes a file, which gets the inode of the -wal file that SQLite deleted with the last connection.
    private func takeFreedInode() throws {
        #expect(!FileManager.default.fileExists(atPath: "\(path)-wal"))
        try Data().write(to: URL(fileURLWithPath: folder.path("next")), options: .withoutOverwriting)
    }

    @Test func `a reader that cannot be opened is tried again, and is on the file that is there`() throws {
        let pool = pool(1)
        let place = folder.path("moved")
        for isOpen in [false, true] {
            if isOpen { try pool.read(use) }
            try FileManager.default.moveItem(atPath: path, toPath: place)
            for _ in 0..<2 { #expect(throws: StoreError.self) { try pool.read(use) } }
            try FileManager.default.moveItem(atPath: place, toPath: path)
            try pool.read(use)
        }
    }

    @Test func `a reader of a file that was replaced is closed`() throws {
        let pool = pool(1)
        try pool.read(use)
        for file in [path, "\(path)-wal", "\(path)-shm"] { try? FileManager.default.removeItem(atPath: file) }
        _ = try SQLiteStore.create(path: path)
        try pool.read(use)
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
        }
        #expect(open.contains { $0.hasPrefix(path) })
        #expect(!open.contains { $0.hasPrefix(path) && $0.hasSuffix("(deleted)") })
    }
}

/// Lets no transaction be undone, as if there is no memory to prepare the statement.
private func denyRollback(_ connection: SQLiteConnection) {
    _ = unsafe sqlite3_set_authorizer(
        connection.handle,
        { _, action, name, _, _, _ in
            let name = unsafe name.map { unsafe String(cString: $0) }
            return action == SQLITE_TRANSACTION && name == "ROLLBACK" ? SQLITE_DENY : SQLITE_OK
        }, nil)
}
