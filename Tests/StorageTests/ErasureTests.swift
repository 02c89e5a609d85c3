import Foundation
import Identity
import StoreContract
import TestSupport
import Testing

@testable import Storage

/// The remains of an erased account in the files of the database.
struct ErasureTests {
    let contract: IdentityStoreContract
    let store: SQLiteStore
    var path: String { contract.folder.path("p.sqlite3") }

    init() throws {
        contract = try IdentityStoreContract()
        store = try SQLiteStore(path: contract.folder.path("p.sqlite3"))
    }

    private func erase(_ account: Account) throws {
        let outcome = try store.change(.account(account.id)) { present, _ in
            var edit = AccountEdit(present, events: [], ending: IdentityStoreContract.ending)
            edit.erases = true
            return edit
        }
        guard case .changed = outcome else { throw StoreError(.unexpected, "it was not erased") }
    }

    /// The files of the database in which a text stands, as bytes.
    private func files(with text: String) throws -> [String] {
        try ["", "-wal", "-shm"].filter { suffix in
            guard FileManager.default.fileExists(atPath: path + suffix) else { return false }
            return try Data(contentsOf: URL(filePath: path + suffix)).range(of: Data(text.utf8)) != nil
        }
    }

    @Test func `an address is in no file once its account is erased`() throws {
        let ann = try contract.add("ann.erased@example.test")
        _ = try contract.begin(contract.session(of: ann), of: ann)
        #expect(try !files(with: "ann.erased").isEmpty)
        try erase(ann)
        #expect(try files(with: "ann.erased").isEmpty)
        #expect(try store.wipeErased())
    }

    @Test func `those of many are not in the log, among others that stay`() throws {
        let accounts = try (0..<600).map { try contract.add("a\($0 * 7919 % 600)-erased-\($0)@example.test") }
        let (gone, staying) = (accounts.filter { $0.id.rawValue % 3 == 0 }, accounts.filter { $0.id.rawValue % 3 != 0 })
        for account in gone { try erase(account) }
        for account in gone {
            // SQLite overwrites deleted rows; of a row that once moved to another page a copy may stay behind.
            let left = try files(with: account.email.address)
            #expect(left.allSatisfy { $0 == "" }, "\(account.email) \(left)")
        }
        #expect(try files(with: try #require(staying.first).email.address) == [""])
    }

    @Test func `while somebody reads an older state it stays in the log, and goes away afterwards`() throws {
        let ann = try contract.add("ann.erased@example.test")
        let reader = try TestDatabase(path)
        try reader.execute("BEGIN")
        #expect(try reader.number("SELECT count(*) FROM account") == 2)
        let start = ContinuousClock.now
        try erase(ann)
        // Writes wait meanwhile, so it gives up soon.
        #expect(ContinuousClock.now - start < .seconds(10))
        #expect(try files(with: "ann.erased").contains("-wal"))
        #expect(try !store.wipeErased())
        // It is known in the database, so that another process, or the next one, sees to it.
        let other = try SQLiteStore(path: path)
        #expect(try !other.wipeErased())
        try reader.execute("ROLLBACK")
        #expect(try other.wipeErased())
        #expect(try files(with: "ann.erased").isEmpty)
        #expect(try store.isInitialized())
        #expect(try TestDatabase(path).number("SELECT count(*) FROM erasure") == 0)
    }
}
