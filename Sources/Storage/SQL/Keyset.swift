import Identity

/// A list in the order of two integer keys of each row of one table, cut into pages between rows and not by their
/// number: so a page costs the same wherever it is, and stays right while rows come and go.
///
/// Pages and totals are read from one index that begins with `prefix` and goes on with the keys. The rows themselves
/// are read only for the page.
struct Keyset {
    /// A column at the beginning of the index.
    enum Column {
        /// Rows with this value.
        case one(String, SQLArgument)
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
    var filters: [SQLFragment] = []
    /// The two keys: together they differ for each row, and never change. The minor one is the row's identifier.
    let keys: (major: String, minor: String)
    /// The bounds of the major key: the least, and the least beyond.
    var bounds: (from: Int64?, to: Int64?) = (nil, nil)
    /// The direction: `true` has the greatest keys first.
    var isDescending = false

    /// The ranges of the index that together are the list.
    ///
    /// - Returns: `nil` where there are too many of them to be merged.
    func ranges(_ db: some SQLTransaction) throws -> [SQLFragment]? {
        var ranges: [SQLFragment] = [.none]
        for column in prefix {
            switch column {
            case .one(let name, let value): ranges = ranges.map { $0 && "\(raw: name) = \(value)" }
            case .any(let name):
                var narrower: [SQLFragment] = []
                for range in ranges {
                    for value in try values(of: name, in: range, db) {
                        narrower.append(
                            range && (value == .null ? "\(raw: name) IS NULL" : "\(raw: name) = \(value)"))
                        if narrower.count > Self.mostRanges { return nil }
                    }
                }
                ranges = narrower
            }
        }
        return ranges
    }

    /// The values of a column in a range, each found by one step down the index.
    private func values<Transaction: SQLTransaction>(
        of column: String, in range: SQLFragment, _ db: Transaction
    ) throws -> [SQLArgument] {
        let source = source(Transaction.Dialect.self)
        func first(_ condition: SQLFragment) throws -> SQLArgument? {
            try db.rows(
                of: """
                    SELECT \(raw: column) FROM \(raw: source) WHERE \(range && condition) ORDER BY \(raw: column) \
                    LIMIT 1
                    """
            ) { try $0.argument(0) }.value.first
        }
        var values: [SQLArgument] = []
        if try first("\(raw: column) IS NULL") != nil { values.append(.null) }
        var next = try first("\(raw: column) IS NOT NULL")
        while let value = next, values.count <= Self.mostRanges {
            values.append(value)
            next = try first("\(raw: column) > \(value)")
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
        _ db: some SQLTransaction, _ request: PageRequest, in ranges: [SQLFragment], _ totals: ListTotals,
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
        _ db: some SQLTransaction, _ request: PageRequest, _ ranges: [SQLFragment]
    ) throws -> (places: [Cursor], next: Cursor?, previous: Cursor?) {
        func fetch(_ place: Place?) throws -> (places: [Cursor], hasMore: Bool) {
            let places = try self.places(db, ranges, place, limit: request.size + 1)
            return (Array(places.prefix(request.size)), places.count > request.size)
        }
        func cursor(_ cursor: Cursor, ifRowsAfter isAfter: Bool) throws -> Cursor? {
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
    private typealias Place = (cursor: Cursor, isAfter: Bool)

    /// The places of the first rows on a side of a cursor, beginning with the nearest.
    private func places<Transaction: SQLTransaction>(
        _ db: Transaction, _ ranges: [SQLFragment], _ place: Place?, limit: Int
    ) throws -> [Cursor] {
        let isAscending = (place?.isAfter ?? true) != isDescending
        let direction = isAscending ? "ASC" : "DESC"
        let source = source(Transaction.Dialect.self)
        var places: [Cursor] = []
        for part in parts(place) where places.count < limit {
            var found: [Cursor] = []
            for range in ranges {
                found += try db.rows(
                    of: """
                        SELECT \(raw: keys.major), \(raw: keys.minor) FROM \(raw: source)
                        WHERE \(([range, part] + filters).conjunction)
                        ORDER BY \(raw: keys.major) \(raw: direction), \(raw: keys.minor) \(raw: direction)
                        LIMIT \(limit - places.count)
                        """
                ) { Cursor(major: try $0.number(0), minor: try $0.number(1)) }.value
            }
            if ranges.count > 1 { found.sort { isAscending ? $0 < $1 : $1 < $0 } }
            places += found.prefix(limit - places.count)
        }
        return places
    }

    /// The rows at a place, as conditions of which each is one range of the keys: those that share the cursor's major
    /// key, then the others. SQLite does not find the first by itself, and many rows may share that key.
    private func parts(_ place: Place?) -> [SQLFragment] {
        guard let (cursor, isAfter) = place else { return [within(bounds.from, bounds.to)] }
        let isGreater = isAfter != isDescending
        let isInside = bounds.from.map { $0 <= cursor.major } ?? true && bounds.to.map { cursor.major < $0 } ?? true
        let same: SQLFragment = """
            \(raw: keys.major) = \(cursor.major) AND \(raw: keys.minor) \(raw: isGreater ? ">" : "<") \(cursor.minor)
            """
        // One bound for each end: SQLite takes the first of two, and looks at all that is between them.
        let (from, to) = (bounds.from ?? .min, bounds.to)
        let others: SQLFragment? =
            if isGreater {
                cursor.major == .max ? nil : within(max(from, cursor.major + 1), to)
            } else {
                within(bounds.from, min(to ?? cursor.major, cursor.major))
            }
        return (isInside ? [same] : []) + [others].compactMap(\.self)
    }

    private func within(_ from: Int64?, _ to: Int64?) -> SQLFragment {
        var condition = SQLFragment.none
        if let from { condition = condition && "\(raw: keys.major) >= \(from)" }
        if let to { condition = condition && "\(raw: keys.major) < \(to)" }
        return condition
    }

    /// The number of rows of the list.
    private func total<Transaction: SQLTransaction>(
        _ db: Transaction, _ ranges: [SQLFragment], _ totals: ListTotals
    ) throws -> Int {
        let source = source(Transaction.Dialect.self)
        let queries: [SQLFragment] = ranges.map { range in
            let condition = ([range, within(bounds.from, bounds.to)] + filters).conjunction
            return "SELECT count(*) FROM \(raw: source) WHERE \(condition)"
        }
        return try totals.total(of: "\(queries)") {
            let counts = try queries.map { try db.count($0) }
            return try counts.reduce((0, 0)) { ($0.0 + (try $1.value.rows), $0.1 + (try $1.value.work)) }
        }
    }

    private func source(_ dialect: any SQLDialect.Type) -> String { dialect.rows(of: table, by: index) }
}
