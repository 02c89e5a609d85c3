import Cryptography
import Identity

extension SQLStore {
    public func secret(_ name: SecretName) throws(StoreError) -> SealedValue? {
        try read { try $0.secret(name).value }
    }

    public func insert(_ secret: SealedValue, as name: SecretName) throws(StoreError) -> SealedValue? {
        try transaction { transaction in
            transaction.leavesPrincipals()
            try transaction.run(
                "INSERT INTO secret (name, key_id, sealed) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",
                name.rawValue, secret.key, secret.bytes)
            // By statements of their own, which see what the one before them has waited for.
            let (found, isRetired) = (try transaction.secret(name), try transaction.isRetired(secret.key))
            guard let standing = try found.value else {
                throw StoreError(.unexpected, "the secret \(name.rawValue) is not there after its insertion")
            }
            return try standing == secret && isRetired.value ? .rollback(nil) : .commit(standing)
        }
    }

    public func sealedRows() throws(StoreError) -> [KeyID: Int] {
        try readSnapshot { transaction in
            let counts = try SealedTable.allCases.map { table in
                try transaction.all(
                    "SELECT key_id, count(*) FROM \(table.name) WHERE key_id IS NOT NULL GROUP BY key_id"
                ) { row in
                    (KeyID(column: try row.number(0)), Int(try row.number(1)))
                }
            }
            return .pending { Dictionary(try counts.values().joined(), uniquingKeysWith: +) }
        }
    }

    public func reseal(
        _ table: SealedTable, of key: KeyID, after owner: SealedRow.Owner?, limit: Int,
        _ rule: (SealedRow) -> SealedValue?
    ) throws(StoreError) -> (count: Int, last: SealedRow.Owner?)? {
        let rows = try read { try $0.sealedRows(of: table, key, after: owner, limit: limit).value }
        let changes = rows.compactMap { row in rule(row).map { (row, $0) } }
        let last = rows.count == limit ? rows.last?.owner : nil
        guard !changes.isEmpty else { return (0, last) }
        let used = Set(changes.map { _, value in value.key })
        return try transaction { transaction in
            transaction.leavesPrincipals()
            let done = try changes.map { row, value in try transaction.replace(row, by: value, in: table) }
            let retired = try used.map { try transaction.isRetired($0) }
            let count = try done.values().reduce(0, +)
            return try retired.values().contains(true) ? .rollback(nil) : .commit((count: count, last: last))
        }
    }
}

extension SQLTransaction {
    fileprivate func secret(_ name: SecretName) throws -> SQLResult<SealedValue?> {
        try first("SELECT key_id, sealed FROM secret WHERE name = $1", name.rawValue) { row in
            SealedValue(bytes: try row.blob(1), key: KeyID(column: try row.number(0)))
        }
    }

    /// The rows of a key behind an owner, in the order of their index.
    fileprivate func sealedRows(
        of table: SealedTable, _ key: KeyID, after owner: SealedRow.Owner?, limit: Int
    ) throws -> SQLResult<[SealedRow]> {
        let columns = table.ownerColumns.joined(separator: ", ")
        let place: SQLFragment = owner.map { "AND \(raw: table.ownerColumns[0]) > \($0.key)" } ?? ""
        let query: SQLFragment = """
            SELECT sealed, \(raw: columns) FROM \(raw: table.name) WHERE key_id = \(key) \(place)
            ORDER BY \(raw: table.ownerColumns[0]) LIMIT \(limit)
            """
        return try rows(of: query) { row in
            SealedRow(owner: try table.owner(row), value: SealedValue(bytes: try row.blob(0), key: key))
        }
    }

    /// Puts a value in the place of the one that was read. A row that is locked by another transaction is left out: to
    /// wait for it could be a wait in a circle.
    fileprivate func replace(_ row: SealedRow, by value: SealedValue, in table: SealedTable) throws -> SQLResult<Int> {
        let owner = table.ownerColumns[0]
        return try run(
            """
            UPDATE \(table.name) SET key_id = $1, sealed = $2 WHERE \(owner) IN (
                SELECT \(owner) FROM \(table.name) WHERE \(owner) = $3 AND sealed = $4 \(Dialect.skippingLocked))
            """, value.key, value.bytes, row.owner.key, row.value.bytes)
    }
}

extension SealedTable {
    /// The name.
    var name: String {
        switch self {
        case .secret: "secret"
        case .factor: "factor"
        }
    }

    /// The columns that a row's owner is read from. The first one is the primary key, and stands behind `key_id` in an
    /// index.
    fileprivate var ownerColumns: [String] {
        switch self {
        case .secret: ["name"]
        case .factor: ["id", "account_id"]
        }
    }

    /// Reads the owner of a row, whose columns follow the first one.
    fileprivate func owner(_ row: some SQLRow) throws -> SealedRow.Owner {
        switch self {
        case .secret: .secret(name: try row.string(1))
        case .factor: .factor(try row.id(1), account: try row.id(2))
        }
    }
}

extension SealedRow.Owner {
    /// The primary key of the owner's row.
    fileprivate var key: SQLArgument {
        switch self {
        case .secret(let name): .text(name)
        case .factor(let id, _): id.argument
        }
    }
}
