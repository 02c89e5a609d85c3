import Cryptography

/// A row of any table, as values in the order of the table's columns.
typealias CopiedRow = [SQLArgument]

extension CopiedTable {
    /// A query for the rows that follow a key, in the order of the keys, a batch at most.
    ///
    /// - Parameter key: the key of the row before; `nil` to begin with the first row.
    func rows(after key: [SQLArgument]?) -> SQLFragment {
        let order = keyNames.joined(separator: ", ")
        var query: SQLFragment = "SELECT \(raw: columns.map(\.name).joined(separator: ", ")) FROM \(raw: sqlName)"
        if let key { query = "\(query) WHERE (\(raw: order)) > (\(Self.list(key)))" }
        return "\(query) ORDER BY \(raw: order) LIMIT \(Self.batchSize)"
    }

    /// A query for the number of rows.
    ///
    /// - Parameter key: the key of the last one that counts; `nil` to count all.
    func count(through key: [SQLArgument]?) -> SQLFragment {
        let query: SQLFragment = "SELECT count(*) FROM \(raw: sqlName)"
        guard let key else { return query }
        return "\(query) WHERE (\(raw: keyNames.joined(separator: ", "))) <= (\(Self.list(key)))"
    }

    /// A query for the greatest key.
    var greatestKey: SQLFragment {
        let order = keyNames.map { "\($0) DESC" }.joined(separator: ", ")
        return "SELECT \(raw: keyNames.joined(separator: ", ")) FROM \(raw: sqlName) ORDER BY \(raw: order) LIMIT \(1)"
    }

    private static func list(_ values: [SQLArgument]) -> SQLFragment {
        values.dropFirst().reduce("\(values[0])") { "\($0), \($1)" }
    }

    func key(of row: CopiedRow) -> [SQLArgument] { Array(row.prefix(keyCount)) }
}

extension SQLTransaction {
    /// Reads the rows that follow a key, a batch at most.
    func copiedRows(of table: CopiedTable, after key: [SQLArgument]?) throws -> SQLResult<[CopiedRow]> {
        let columns = table.columns.indices
        return try rows(of: table.rows(after: key)) { row in try columns.map { try row.argument($0) } }
    }

    /// Reads the greatest key; `nil` of an empty table.
    func greatestKey(of table: CopiedTable) throws -> [SQLArgument]? {
        try rows(of: table.greatestKey) { row in try (0..<table.keyCount).map { try row.argument($0) } }.value.first
    }
}

/// The digest of a table's rows: of the digest so far and of each batch, in the order of the keys.
struct CopyDigest: Equatable {
    private(set) var bytes = [UInt8](repeating: 0, count: 32)
    private(set) var rows = 0

    /// Adds a batch, in a form that no two batches share: each value with its type and its length.
    mutating func add(_ batch: [CopiedRow]) {
        var content = bytes
        for value in batch.joined() {
            switch value {
            case .null: content.append(0)
            case .integer(let number):
                content.append(1)
                Self.append(UInt64(bitPattern: number), to: &content)
            case .text(let text):
                content.append(2)
                Self.append(UInt64(text.utf8.count), to: &content)
                content += text.utf8
            case .bytes(let bytes):
                content.append(3)
                Self.append(UInt64(bytes.count), to: &content)
                content += bytes
            }
        }
        bytes = SHA256.digest(of: content)
        rows += batch.count
    }

    private static func append(_ number: UInt64, to content: inout [UInt8]) {
        for shift in stride(from: 56, through: 0, by: -8) { content.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
}
