import GRDB
import Identity

/// A list in the order of two integer keys of each row of one table, cut into pages between rows and not by their
/// number: so a page costs the same wherever it is, and stays right while rows come and go.
///
/// Pages and totals are read from one index that begins with `prefix` and goes on with the keys. The rows themselves
/// are read only for what is on the page.
struct Keyset {
    /// An SQL condition with its arguments.
    typealias Condition = (sql: String, arguments: StatementArguments)

    /// A column at the beginning of the index.
    enum Column {
        /// Rows with this value.
        case one(String, any DatabaseValueConvertible)
        /// Rows with any value: each value that there is has a range of its own in the index.
        case any(String)
    }

    /// The most ranges that are merged.
    private static let mostRanges = 128

    let table: String
    /// The index; `nil` to read the rows of the table that the filters find.
    let index: String?
    /// The columns at its beginning.
    var prefix: [Column] = []
    /// Conditions that are checked row by row.
    var filters: [Condition] = []
    /// The two keys: together they differ for each row, and never change. The minor one is the row's identifier.
    let keys: (major: String, minor: String)
    /// The bounds of the major key: the least, and the least beyond.
    var bounds: (from: Int64?, to: Int64?) = (nil, nil)
    /// Whether the greatest keys come first.
    var isDescending = false

    /// The ranges of the index that together are the list.
    ///
    /// - Returns: `nil` where there are too many of them to be merged.
    func ranges(_ db: Database) throws -> [Condition]? {
        var ranges: [Condition] = [("TRUE", [])]
        for column in prefix {
            switch column {
            case .one(let name, let value): ranges = ranges.map { $0 && ("\(name) = ?", [value]) }
            case .any(let name):
                var narrower: [Condition] = []
                for range in ranges {
                    for value in try values(of: name, in: range, db) {
                        narrower.append(range && (value.isNull ? ("\(name) IS NULL", []) : ("\(name) = ?", [value])))
                        if narrower.count > Self.mostRanges { return nil }
                    }
                }
                ranges = narrower
            }
        }
        return ranges
    }

    /// The values of a column in a range, each found by one step down the index.
    private func values(of column: String, in range: Condition, _ db: Database) throws -> [DatabaseValue] {
        func first(_ condition: Condition) throws -> DatabaseValue? {
            let sql = "SELECT \(column) FROM \(source) WHERE \((range && condition).sql) ORDER BY \(column) LIMIT 1"
            return try DatabaseValue.fetchOne(
                db.cachedStatement(sql: sql), arguments: (range && condition).arguments)
        }
        var values: [DatabaseValue] = []
        if try first(("\(column) IS NULL", [])) != nil { values.append(.null) }
        var next = try first(("\(column) IS NOT NULL", []))
        while let value = next, values.count <= Self.mostRanges {
            values.append(value)
            next = try first(("\(column) > ?", [value]))
        }
        return values
    }

    /// Reads one page; all of its statements see the same state of the database where `db` is in a transaction.
    ///
    /// - Parameters:
    ///   - ranges: as `ranges` found them.
    ///   - totals: the totals that are remembered.
    ///   - read: reads the row with an identifier.
    func page<Item>(
        _ db: Database, _ request: PageRequest, in ranges: [Condition], _ totals: ListTotals,
        _ read: (Int64) throws -> Item?
    ) throws -> Page<Item> {
        let (places, next, previous) = try neighbourhood(db, request, ranges)
        let items = try places.map { place in
            guard let item = try read(place.minor) else {
                throw StoreError(.damaged, "\(table) lacks a row that \(index ?? "a query") has")
            }
            return item
        }
        return Page(
            items: items, next: next, previous: previous, total: request.counts ? try total(db, ranges, totals) : nil)
    }

    /// The places of a page's rows, and the cursors of the pages beside it. Where the page is empty, these follow from
    /// the cursor that was asked for.
    private func neighbourhood(
        _ db: Database, _ request: PageRequest, _ ranges: [Condition]
    ) throws -> (places: [Identity.Cursor], next: Identity.Cursor?, previous: Identity.Cursor?) {
        func fetch(_ place: Place?) throws -> (places: [Identity.Cursor], hasMore: Bool) {
            let places = try self.places(db, ranges, place, limit: request.size + 1)
            return (Array(places.prefix(request.size)), places.count > request.size)
        }
        func cursor(_ cursor: Identity.Cursor, ifRowsAfter isAfter: Bool) throws -> Identity.Cursor? {
            try places(db, ranges, (cursor, isAfter), limit: 1).isEmpty ? nil : cursor
        }
        switch request.position {
        case .first:
            let (places, hasMore) = try fetch(nil)
            return (places, hasMore ? places.last : nil, nil)
        case .after(let asked):
            let (places, hasMore) = try fetch((asked, true))
            let edge = places.first ?? asked.neighbour(isGreater: !isDescending)
            return (places, hasMore ? places.last : nil, try cursor(edge, ifRowsAfter: false))
        case .before(let asked):
            let (reversed, hasMore) = try fetch((asked, false))
            let places = Array(reversed.reversed())
            let edge = places.last ?? asked.neighbour(isGreater: isDescending)
            return (places, try cursor(edge, ifRowsAfter: true), hasMore ? places.first : nil)
        }
    }

    /// A side of a cursor.
    private typealias Place = (cursor: Identity.Cursor, isAfter: Bool)

    /// The places of the first rows on a side of a cursor, beginning with the nearest.
    private func places(
        _ db: Database, _ ranges: [Condition], _ place: Place?, limit: Int
    ) throws -> [Identity.Cursor] {
        let isAscending = (place?.isAfter ?? true) != isDescending
        let direction = isAscending ? "ASC" : "DESC"
        var places: [Identity.Cursor] = []
        for part in parts(place) where places.count < limit {
            var found: [Identity.Cursor] = []
            for range in ranges {
                let condition = all([range, part] + filters)
                let statement = try db.cachedStatement(
                    sql: """
                        SELECT \(keys.major), \(keys.minor) FROM \(source) WHERE \(condition.sql)
                        ORDER BY \(keys.major) \(direction), \(keys.minor) \(direction) LIMIT ?
                        """)
                let rows = try Row.fetchCursor(statement, arguments: condition.arguments + [limit - places.count])
                while let row = try rows.next() { found.append(Identity.Cursor(major: row[0], minor: row[1])) }
            }
            if ranges.count > 1 { found.sort { isAscending ? $0 < $1 : $1 < $0 } }
            places += found.prefix(limit - places.count)
        }
        return places
    }

    /// The rows at a place, as conditions of which each is one range of the keys: those that share the cursor's major
    /// key, then the others. SQLite does not find the first by itself, and many rows may share that key.
    private func parts(_ place: Place?) -> [Condition] {
        guard let (cursor, isAfter) = place else { return [within(bounds.from, bounds.to)] }
        let isGreater = isAfter != isDescending
        let isInside = bounds.from.map { $0 <= cursor.major } ?? true && bounds.to.map { cursor.major < $0 } ?? true
        let same: Condition = (
            "\(keys.major) = ? AND \(keys.minor) \(isGreater ? ">" : "<") ?", [cursor.major, cursor.minor]
        )
        // One bound for each end: SQLite takes the first of two, and looks at all that is between them.
        let (from, to) = (bounds.from ?? .min, bounds.to)
        let others: Condition? =
            if isGreater {
                cursor.major == .max ? nil : within(max(from, cursor.major + 1), to)
            } else {
                within(bounds.from, min(to ?? cursor.major, cursor.major))
            }
        return (isInside ? [same] : []) + [others].compactMap(\.self)
    }

    private func within(_ from: Int64?, _ to: Int64?) -> Condition {
        var condition: Condition = ("TRUE", [])
        if let from { condition = condition && ("\(keys.major) >= ?", [from]) }
        if let to { condition = condition && ("\(keys.major) < ?", [to]) }
        return condition
    }

    /// How many rows the list has.
    private func total(_ db: Database, _ ranges: [Condition], _ totals: ListTotals) throws -> Int {
        let conditions = ranges.map { all([$0, within(bounds.from, bounds.to)] + filters) }
        return try totals.total(of: "\(source) \(conditions)") { cost in
            try conditions.reduce(0) { count, condition in
                let statement = try db.cachedStatement(sql: "SELECT count(*) FROM \(source) WHERE \(condition.sql)")
                defer { cost += StatementCost.take(statement) }
                return try count + (Int.fetchOne(statement, arguments: condition.arguments) ?? 0)
            }
        }
    }

    /// By its name, so that no statistics of the database lead SQLite to another one.
    private var source: String { index.map { "\(table) INDEXED BY \($0)" } ?? "\(table) NOT INDEXED" }

    private func all(_ conditions: [Condition]) -> Condition {
        conditions.dropFirst().reduce(conditions.first ?? ("TRUE", [])) { $0 && $1 }
    }
}

/// Both conditions.
private func && (left: Keyset.Condition, right: Keyset.Condition) -> Keyset.Condition {
    if left.sql == "TRUE" { return right }
    return right.sql == "TRUE" ? left : ("\(left.sql) AND \(right.sql)", left.arguments + right.arguments)
}
