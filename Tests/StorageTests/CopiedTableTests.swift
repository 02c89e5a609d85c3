import Foundation
import TestSupport
import Testing

@testable import Storage

struct CopiedTableTests {
    @Test func `every column of every table is copied, in the order of the primary key`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("a.sqlite3")
        _ = try SQLiteStore.create(path: path)
        let database = try TestDatabase(path)
        let tables = try database.column(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
        // The names of migrations; the state of the -wal file; and the time of the last backup.
        let own: Set = ["grdb_migrations", "erasure", "meta"]
        #expect(Set(tables).subtracting(own) == Set(CopiedTable.all.map(\.name)))
        for table in CopiedTable.all {
            let columns = try database.rows("SELECT name, type, pk FROM pragma_table_info(?)", [table.name])
            #expect(Set(columns.map { $0[0] ?? "" }) == Set(table.columns.map(\.name)), "\(table.name)")
            for (name, type) in table.columns {
                let found = columns.first { $0[0] == name }?[1]
                let expected: [CopiedTable.ColumnType: String] = [.integer: "INTEGER", .text: "TEXT", .bytes: "BLOB"]
                #expect(found == expected[type], "\(table.name).\(name)")
            }
            let key = columns.filter { $0[2] != "0" }.compactMap { $0[0] }
            #expect(key.allSatisfy(table.keyNames.contains), "\(table.name)")
        }
    }

    @Test func `a table comes after those that it refers to`() throws {
        let folder = try TemporaryFolder()
        _ = try SQLiteStore.create(path: folder.path("a.sqlite3"))
        let database = try TestDatabase(folder.path("a.sqlite3"))
        for (index, table) in CopiedTable.all.enumerated() {
            let parents = try database.column("SELECT \"table\" FROM pragma_foreign_key_list(?)", [table.name])
            let before = Set(CopiedTable.all[..<index].map(\.name))
            #expect(Set(parents).isSubset(of: before), "\(table.name): \(parents)")
        }
    }

    @Test func `an array of values has every value for itself, whatever is in it`() {
        #expect(ArrayLiteral.of([.integer(.min), .null, .integer(7)]) == "{-9223372036854775808,NULL,7}")
        #expect(
            ArrayLiteral.of([.text(""), .text("NULL"), .text("a,b"), .text(#"{"x\"#), .text("ü"), .null])
                == #"{"","NULL","a,b","{\"x\\","ü",NULL}"#)
        #expect(ArrayLiteral.of([.bytes([0, 0xAB]), .bytes([]), .null]) == #"{"\\x00ab","\\x",NULL}"#)
        #expect(ArrayLiteral.of([]) == "{}")
    }

    @Test func `a digest differs by each value, its type and its place`() {
        func digest(_ batches: [[CopiedRow]]) -> CopyDigest {
            var digest = CopyDigest()
            for batch in batches { digest.add(batch) }
            return digest
        }
        let rows: [[[CopiedRow]]] = [
            [[[.text("ab"), .text("c")]]], [[[.text("a"), .text("bc")]]], [[[.text("c"), .text("ab")]]],
            [[[.bytes([97, 98]), .text("c")]]], [[[.null, .text("c")]]], [[[.text(""), .text("c")]]],
            [[[.integer(0), .text("c")]]], [[[.text("ab"), .text("c")], [.text("ab"), .text("c")]]], [],
        ]
        #expect(Set(rows.map { digest($0).bytes }).count == rows.count)
        #expect(digest(rows[0]) == digest(rows[0]))
    }
}
