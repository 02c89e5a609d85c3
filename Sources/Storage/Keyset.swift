import GRDB
import Identity

/// A list in the order of two keys of each row, cut into pages between rows and not by their number: so a page costs the
/// same wherever it is, and stays right while rows come and go.
struct Keyset {
    /// Some condition with its arguments.
    typealias Condition = (sql: String, arguments: StatementArguments)

    /// What is selected.
    let columns: String
    /// The tables.
    let tables: String
    /// All must hold.
    let conditions: [Condition]
    /// The two keys: integers that together are another for each row, and never change.
    let keys: (major: String, minor: String)
    /// Whether the greatest keys come first.
    var isDescending = false

    /// Reads one page; all of its statements see the same state of the database where `db` is in a transaction.
    func page<Item>(
        _ db: Database, _ request: PageRequest, _ read: (Row) throws -> Item
    ) throws -> Page<Item> {
        var rows: [Row]
        let isBackward: Bool
        switch request.position {
        case .first: (rows, isBackward) = (try fetch(db, nil, limit: request.size + 1), false)
        case .after(let cursor): (rows, isBackward) = (try fetch(db, (cursor, true), limit: request.size + 1), false)
        case .before(let cursor): (rows, isBackward) = (try fetch(db, (cursor, false), limit: request.size + 1), true)
        }
        let hasMore = rows.count > request.size
        rows = Array(rows.prefix(request.size))
        if isBackward { rows.reverse() }
        let (first, last) = (rows.first.map(Self.cursor), rows.last.map(Self.cursor))
        let isStart = request.position == .first
        return Page(
            items: try rows.map(read),
            next: try isBackward ? hasRows(db, last, isAfter: true) : hasMore ? last : nil,
            previous: try isBackward ? (hasMore ? first : nil) : isStart ? nil : hasRows(db, first, isAfter: false),
            total: try count(db))
    }

    private func fetch(_ db: Database, _ place: Place?, limit: Int) throws -> [Row] {
        let direction = (place?.isAfter ?? true) == isDescending ? "DESC" : "ASC"
        var rows: [Row] = []
        for (condition, arguments) in ranges(place) where rows.count < limit {
            let statement = try db.cachedStatement(
                sql: """
                    SELECT \(keys.major) AS page_major, \(keys.minor) AS page_minor, \(columns) FROM \(tables)
                    \(condition) ORDER BY \(keys.major) \(direction), \(keys.minor) \(direction) LIMIT ?
                    """)
            rows += try Row.fetchAll(statement, arguments: arguments + [limit - rows.count])
        }
        return rows
    }

    /// The cursor, where there are rows on that side of it.
    private func hasRows(_ db: Database, _ cursor: Identity.Cursor?, isAfter: Bool) throws -> Identity.Cursor? {
        guard let cursor else { return nil }
        for (condition, arguments) in ranges((cursor, isAfter)) {
            let statement = try db.cachedStatement(sql: "SELECT 1 FROM \(tables) \(condition) LIMIT 1")
            if try Int.fetchOne(statement, arguments: arguments) != nil { return cursor }
        }
        return nil
    }

    private func count(_ db: Database) throws -> Int {
        try ranges(nil).reduce(0) { count, range in
            let statement = try db.cachedStatement(sql: "SELECT count(*) FROM \(tables) \(range.sql)")
            return try count + (Int.fetchOne(statement, arguments: range.arguments) ?? 0)
        }
    }

    /// A side of a cursor.
    private typealias Place = (cursor: Identity.Cursor, isAfter: Bool)

    /// The rows at a place, as WHERE clauses of which each is one range of an index on the keys: those that share the
    /// cursor's major key, then the others. SQLite does not find the first by itself, and many rows may share that key.
    private func ranges(_ place: Place?) -> [Condition] {
        guard let (cursor, isAfter) = place else { return [whereClause([])] }
        let comparison = isAfter == isDescending ? "<" : ">"
        return [
            whereClause([
                ("\(keys.major) = ? AND \(keys.minor) \(comparison) ?", [cursor.major, cursor.minor])
            ]),
            whereClause([("\(keys.major) \(comparison) ?", [cursor.major])]),
        ]
    }

    private func whereClause(_ more: [Condition]) -> Condition {
        let all = conditions + more
        guard !all.isEmpty else { return ("", []) }
        return (
            "WHERE " + all.map(\.sql).joined(separator: " AND "),
            all.reduce(into: StatementArguments()) { $0 += $1.arguments }
        )
    }

    private static func cursor(_ row: Row) -> Identity.Cursor {
        Identity.Cursor(major: row["page_major"], minor: row["page_minor"])
    }
}
