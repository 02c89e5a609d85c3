import CSQLite
import TestSupport
import Testing

@testable import Storage

struct SQLiteStatementTests {
    private let db: SQLiteConnection

    init() throws { db = try SQLiteConnection(":memory:", readonly: false, busyTimeout: 1) }

    @Test func `values come as they are, and NULL as nothing`() throws {
        let sql = "SELECT $1, $2, NULL, '', 'ä' || char(0) || 'b', NULL, x'', x'00FF'"
        let row = try db.first(sql, [0x61] as [UInt8], -5 as Int64) { row in
            (row.integer(1), row.integer(2), try row.text(0), try row.text(3), try row.text(4), try row.text(5))
        }
        #expect(try #require(row) == (-5, nil, "a", "", "ä\0b", nil))
        let bytes = try db.first(sql, [0x61] as [UInt8], 0) { row in try [0, 5, 6, 7].map(row.bytes) }
        #expect(bytes == [[0x61], nil, [], [0, 255]])
        let arguments = try db.first(sql, [0x61] as [UInt8], 7) { row in try [0, 1, 2, 3].map(row.argument) }
        #expect(arguments == [.bytes([0x61]), .integer(7), .null, .text("")])
        #expect(throws: (any Error).self) { try db.first("SELECT NULL") { try $0.number(0) } }
    }

    @Test func `values arrive as they are, whatever is in them`() throws {
        try db.execute("CREATE TABLE t (n INTEGER, text TEXT, blob BLOB, other TEXT) STRICT")
        let insert = "INSERT INTO t VALUES ($1, $2, $3, $4)"
        #expect(try db.run(insert, Int64.min, "", [0, 255] as [UInt8], nil as String?) == 1)
        try db.run(insert, nil as Int64?, "ä\0b", [0x61] as [UInt8], "'; DROP TABLE t")
        // SQLite would take a missing value for NULL.
        #expect(throws: SQLiteError.self) { try db.run(insert, 1, "a", [1] as [UInt8]) }
        let rows = try db.all(
            "SELECT n, text, hex(blob), other FROM t WHERE n IS $1 OR text > $2 ORDER BY n DESC", Int64.min, ""
        ) { row in try [row.integer(0).map { "\($0)" }, row.text(1), row.text(2), row.text(3)] }
        #expect(rows == [["\(Int64.min)", "", "00FF", nil], [nil, "ä\0b", "61", "'; DROP TABLE t"]])
    }

    @Test func `a query that was put together has its values in their order, and none in its text`() throws {
        let (low, names): (SQLFragment, SQLFragment) = ("n > \(1)", "name <> \("'; --")")
        let query: SQLFragment = "SELECT n FROM (VALUES) WHERE \([.none, low && names, .none].conjunction) LIMIT \(5)"
        #expect(query.text == "SELECT n FROM (VALUES) WHERE n > $1 AND name <> $2 LIMIT $3")
        #expect(query.values == [.integer(1), .text("'; --"), .integer(5)])
        #expect([SQLFragment]().conjunction.text == "TRUE")
    }

    @Test func `a statement works again as soon as the cause of its error is gone`() throws {
        try db.execute("CREATE TABLE t (k BLOB UNIQUE, n INTEGER) STRICT; INSERT INTO t VALUES (x'01', 7)")
        let sql = "SELECT n FROM t WHERE k = $1"
        func ask() throws -> Int64? { try db.first(sql, [1] as [UInt8]) { try $0.number(0) } }
        #expect(try ask() == 7)
        try db.execute("ALTER TABLE t RENAME TO u")
        #expect(throws: SQLiteError.self) { try ask() }
        #expect(throws: SQLiteError.self) { try ask() }
        try db.execute("ALTER TABLE u RENAME TO t; ALTER TABLE t ADD COLUMN more TEXT; CREATE INDEX t_n ON t (n)")
        #expect(try ask() == 7)
        // More values than it has parameters.
        #expect(throws: SQLiteError.self) { try db.first(sql, [1] as [UInt8], 2) { try $0.number(0) } }
        #expect(try ask() == 7)
        // It holds nothing between two questions, whatever happens to the rows.
        #expect(throws: CancellationError.self) { try db.first(sql, [1] as [UInt8]) { _ in throw CancellationError() } }
        try db.execute("DROP TABLE t")
        #expect(throws: SQLiteError.self) { try ask() }
    }

    @Test func `a statement that is asked again among its own rows gives both their rows`() throws {
        let sql = """
            WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < $1)
            SELECT n FROM number
            """
        let rows = try db.all(sql, 3) { row in
            try [row.number(0)] + db.all(sql, 2) { try $0.number(0) }
        }
        #expect(rows == [[1, 1, 2], [2, 1, 2], [3, 1, 2]])
    }

    @Test func `no more statements are kept than a connection needs`() throws {
        for number in 0..<1000 { #expect(try db.first("SELECT \(number)") { $0.integer(0) } == Int64(number)) }
        var count = 0
        var statement = unsafe sqlite3_next_stmt(db.handle, nil)
        while let present = unsafe statement {
            count += 1
            unsafe statement = sqlite3_next_stmt(db.handle, present)
        }
        #expect(count <= 64)
    }

    @Test func `a part of a transaction that fails takes nothing else with it`() throws {
        try db.execute("CREATE TABLE t (n INTEGER UNIQUE) STRICT")
        _ = try db.transaction(immediate: true) {
            for (number, isKept) in [(1, true), (1, true), (2, false), (3, true)] {
                let error = try db.savepoint {
                    try db.run("INSERT INTO t VALUES ($1)", number)
                    return isKept ? .commit(()) : .rollback(())
                }
                #expect((error as? SQLiteError)?.primaryCode == (number == 1 && error != nil ? SQLITE_CONSTRAINT : nil))
            }
            return .commit(())
        }
        #expect(try db.all("SELECT n FROM t") { try $0.number(0) } == [1, 3])
        #expect(throws: CancellationError.self) {
            try db.transaction(immediate: true) { () -> Completion<Void> in
                try db.run("DELETE FROM t")
                throw CancellationError()
            }
        }
        #expect(try db.first("SELECT count(*) FROM t") { $0.integer(0) } == 2)
    }

    @Test func `a copy that a lock prevents is an error, and no empty copy`() throws {
        let folder = try TemporaryFolder()
        func open(_ name: String) throws -> SQLiteConnection {
            try SQLiteConnection(folder.path(name), readonly: false, busyTimeout: 0.01)
        }
        let (source, other, copy) = (try open("source"), try open("source"), try open("copy"))
        try source.execute("CREATE TABLE t (n INTEGER)")
        try other.execute("BEGIN EXCLUSIVE")
        let error = #expect(throws: SQLiteError.self) { try source.copy(to: copy) }
        #expect(error?.primaryCode == SQLITE_BUSY)
        try other.execute("COMMIT")
        try source.copy(to: copy)
        #expect(try copy.first("SELECT count(*) FROM t") { $0.integer(0) } == 0)
    }

    @Test func `a text for which there is no memory is an error, and never NULL`() async {
        await #expect(processExitsWith: .success) {
            let db = try SQLiteConnection(":memory:", readonly: false, busyTimeout: 1)
            let error = #expect(throws: SQLiteError.self) {
                try db.first("SELECT zeroblob(1000000), $1", 1) { row in
                    // A blob of zeros is made only when it is asked for.
                    sqlite3_hard_heap_limit64(1)
                    return try row.text(0)
                }
            }
            #expect(error?.primaryCode == SQLITE_NOMEM)
        }
    }
}
