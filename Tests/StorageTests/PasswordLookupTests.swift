import CSQLite
import Identity
import TestSupport
import Testing

@testable import Storage

struct PasswordLookupTests {
    let folder: TemporaryFolder
    let store: SQLiteStore

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore.create(path: folder.path("p.sqlite3"))
    }

    /// Adds accounts, each with its identifier as its password hash.
    private func add(_ ids: [Int64], havePasswords: Bool = true) throws {
        try store.write { transaction in
            for id in ids {
                try transaction.run(
                    """
                    INSERT INTO account (id, email, email_key, name, provider, state, roles, password_hash, created_at)
                    VALUES ($1, $2, $2, '', 'Credentials', 'Active', 0, $3, 0)
                    """, id, "\(id)@example.test", havePasswords ? "\(id)" : nil)
            }
        }
    }

    private func lookup(_ id: Int64, seed: Int64) throws -> PasswordCredential? {
        try store.passwordLookup(emailKey: "\(id)@example.test", decoySeed: UInt64(bitPattern: seed))
    }

    @Test func `who has no password is found no more than who has no account, whatever is drawn`() throws {
        #expect(try lookup(1, seed: 0) == nil)
        try add([20], havePasswords: false)
        for id: Int64 in [20, 21] { #expect(try lookup(id, seed: 0) == nil) }
        try add([-10, 10, 30])
        try add([40], havePasswords: false)
        for seed: Int64 in [.min, -10, -9, 11, 30, 31, .max] {
            for unknown: Int64 in [20, 21, 40] { #expect(try lookup(unknown, seed: seed) == nil) }
            #expect(
                try lookup(10, seed: seed)
                    == PasswordCredential(account: Identifier(column: 10), state: .active, passwordHash: "10"))
        }
    }

    @Test func `it reads as many pages for an unknown account as for a known one`() throws {
        // As far from one another as random ones are.
        let ids = (1...2000).map { $0 &* 0x1E37_79B9_7F4A_7C15 as Int64 }
        try add(ids)
        func pages(_ found: Bool, _ account: (Int64) -> Int64) throws -> Int {
            let before = try pagesRead()
            for id in ids {
                let lookup = try lookup(account(id), seed: -id)
                #expect((lookup != nil) == found)
            }
            return try pagesRead() - before
        }
        let (known, unknown) = (try pages(true) { $0 }, try pages(false) { $0 + 1 })
        #expect(abs(known - unknown) * 100 <= known)
    }

    /// The number of pages that the one reading connection asked for.
    private func pagesRead() throws -> Int {
        try store.read { transaction in
            try [SQLITE_DBSTATUS_CACHE_HIT, SQLITE_DBSTATUS_CACHE_MISS].map { counter in
                var (count, highest) = (0 as Int32, 0 as Int32)
                let code = unsafe sqlite3_db_status(transaction.connection.handle, counter, &count, &highest, 0)
                try #require(code == SQLITE_OK)
                return Int(count)
            }
            .reduce(0, +)
        }
    }
}
