import Foundation
import GRDB
import GRDBSQLite
import TestSupport
import Testing

@testable import Storage

struct PreparedQueryTests {
    private let queue: DatabaseQueue

    init() throws { queue = try DatabaseQueue() }

    private func change(_ sql: String) throws { try queue.writeWithoutTransaction { try $0.execute(sql: sql) } }

    @Test func `values come as they are, and NULL as nothing`() throws {
        let query = try PreparedQuery(queue, sql: "SELECT ?, ?, NULL, '', 'ä' || char(0) || 'b', NULL")
        let row = try query.first([0x61] as [UInt8], -5 as Int64) { row in
            (row.number(1), row.number(2), try row.text(0), try row.text(3), try row.text(4), try row.text(5))
        }
        let found = try #require(row)
        #expect(found == (-5, nil, "a", "", "ä\0b", nil))
    }

    @Test func `arguments arrive as they are, whatever is in them`() throws {
        try change("CREATE TABLE t (n INTEGER, text TEXT, blob BLOB, other TEXT) STRICT")
        try queue.writeWithoutTransaction { db in
            let insert = try PreparedQuery(db, sql: "INSERT INTO t VALUES (?, ?, ?, ?)")
            try insert.run(Int64.min, "", [0, 255] as [UInt8], nil as String?)
            try insert.run(nil as Int64?, "ä\0b", [0x61] as [UInt8], "'; DROP TABLE t")
            // SQLite would take what is missing for NULL.
            #expect(throws: DatabaseError.self) { try insert.run(1 as Int64, "a", [1] as [UInt8]) }
            var rows: [[String?]] = []
            try PreparedQuery(
                db, sql: "SELECT n, text, hex(blob), other FROM t WHERE n IS ? OR text > ? ORDER BY n DESC"
            )
            .each(Int64.min, "") { row in
                rows.append(try [row.number(0).map { "\($0)" }, row.text(1), row.text(2), row.text(3)])
            }
            #expect(rows == [["\(Int64.min)", "", "00FF", nil], [nil, "ä\0b", "61", "'; DROP TABLE t"]])
        }
    }

    @Test func `after an error it works again as soon as its cause is gone`() throws {
        try change("CREATE TABLE t (k BLOB UNIQUE, n INTEGER) STRICT; INSERT INTO t VALUES (x'01', 7)")
        let query = try PreparedQuery(queue, sql: "SELECT n FROM t WHERE k = ?")
        func ask() throws -> Int64? { try query.first([1] as [UInt8]) { $0.number(0) } ?? nil }
        #expect(try ask() == 7)
        try change("ALTER TABLE t RENAME TO u")
        #expect(throws: DatabaseError.self) { try ask() }
        #expect(throws: DatabaseError.self) { try ask() }
        try change("ALTER TABLE u RENAME TO t; ALTER TABLE t ADD COLUMN more TEXT; CREATE INDEX t_n ON t (n)")
        #expect(try ask() == 7)
        // More parameters than it has.
        #expect(throws: DatabaseError.self) { try query.first([1] as [UInt8], 2 as Int64) { $0.number(0) } }
        #expect(try ask() == 7)
        // It holds nothing between two questions, whatever happens to what it read.
        #expect(throws: CancellationError.self) { try query.first([1] as [UInt8]) { _ in throw CancellationError() } }
        try change("DROP TABLE t")
        #expect(throws: DatabaseError.self) { try ask() }
    }

    @Test func `a text for which there is no memory is an error, and never NULL`() async {
        await #expect(processExitsWith: .success) {
            let query = try PreparedQuery(DatabaseQueue(), sql: "SELECT zeroblob(1000000), ?")
            let error = #expect(throws: DatabaseError.self) {
                try query.first([1] as [UInt8]) { row in
                    // A blob of zeros is made only when it is asked for.
                    sqlite3_hard_heap_limit64(1)
                    return try row.text(0)
                }
            }
            #expect(error?.resultCode == .SQLITE_NOMEM)
        }
    }
}
