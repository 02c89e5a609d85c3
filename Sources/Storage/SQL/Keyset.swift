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
        case one(String, SQLFragment)
        /// Rows with any value: each value that there is has a range of its own in the index, if the engine merges
        /// ranges.
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
    /// - Returns: `nil` if there are too many of them to be merged.
    func ranges<Transaction: SQLTransaction>(_ db: Transaction) throws -> [SQLFragment]? {
        var ranges: [SQLFragment] = [.none]
        for column in prefix {
            switch column {
            case .one(let name, let value): ranges = ranges.map { $0 && "\(raw: name) = \(value)" }
            case .any where !Transaction.Dialect.mergesIndexRanges: break
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

    /// Reads one page in two round trips; all of its statements see the same state of the database if `db` is in a
    /// transaction.
    ///
    /// - Parameters:
    ///   - ranges: as `ranges` found them.
    ///   - totals: the totals that are remembered.
    ///   - read: reads the row at a place.
    func page<Item>(
        _ db: some SQLTransaction, _ request: PageRequest, in ranges: [SQLFragment], _ totals: ListTotals,
        _ read: (Cursor) throws -> SQLResult<Item?>
    ) throws -> SQLResult<Page<Item>> {
        let neighbourhood = try neighbourhood(db, request, ranges)
        let total = request.counts ? try total(db, ranges, totals) : nil
        let (places, next, previous) = try neighbourhood.value
        let rows = try places.map(read)
        return .pending {
            let items = try rows.values().map { item in
                guard let item else {
                    throw StoreError(.damaged, "\(table) lacks a row that \(index ?? "a query") has")
                }
                return item
            }
            return Page(items: items, next: next, previous: previous, total: try total?.value)
        }
    }

    private typealias Neighbourhood = (places: [Cursor], next: Cursor?, previous: Cursor?)

    /// The places of a page's rows, and the cursors of the pages beside it. If the page is empty, these follow from
    /// the cursor that was asked for.
    private func neighbourhood(
        _ db: some SQLTransaction, _ request: PageRequest, _ ranges: [SQLFragment]
    ) throws -> SQLResult<Neighbourhood> {
        let size = request.size
        switch request.position {
        case .first:
            return try places(db, ranges, nil, limit: size + 1).map { found in
                let places = Array(found.prefix(size))
                return (places, found.count > size ? places.last : nil, nil)
            }
        case .after(let asked):
            let found = try places(db, ranges, (asked, true), limit: size + 1)
            let (hasPrevious, beyond) = try hasRows(db, ranges, upTo: asked, isAfter: false)
            return .pending {
                let places = Array(try found.value.prefix(size))
                let edge = places.first ?? beyond
                return (places, try found.value.count > size ? places.last : nil, try hasPrevious.value ? edge : nil)
            }
        case .before(let asked):
            let found = try places(db, ranges, (asked, false), limit: size + 1)
            let (hasNext, beyond) = try hasRows(db, ranges, upTo: asked, isAfter: true)
            return .pending {
                let places = Array(try found.value.prefix(size).reversed())
                let edge = places.last ?? beyond
                return (places, try hasNext.value ? edge : nil, try found.value.count > size ? places.first : nil)
            }
        }
    }

    /// Looks for rows on a side of a cursor, or at its own place, without which the page on the other side would begin
    /// with the list.
    ///
    /// - Returns: the answer, and the cursor beside the one that was asked for, on whose far side these rows are.
    private func hasRows(
        _ db: some SQLTransaction, _ ranges: [SQLFragment], upTo asked: Cursor, isAfter: Bool
    ) throws -> (SQLResult<Bool>, beyond: Cursor) {
        let beyond = asked.neighbour(isGreater: isAfter == isDescending)
        return (try places(db, ranges, (beyond, isAfter), limit: 1).map { !$0.isEmpty }, beyond)
    }

    /// A side of a cursor.
    private typealias Place = (cursor: Cursor, isAfter: Bool)

    /// The places of the first rows on a side of a cursor, beginning with the nearest.
    private func places<Transaction: SQLTransaction>(
        _ db: Transaction, _ ranges: [SQLFragment], _ place: Place?, limit: Int
    ) throws -> SQLResult<[Cursor]> {
        let isAscending = (place?.isAfter ?? true) != isDescending
        let direction = isAscending ? "ASC" : "DESC"
        let source = source(Transaction.Dialect.self)
        func find(_ part: SQLFragment, _ limit: Int) throws -> [SQLResult<[Cursor]>] {
            try ranges.map { range in
                try db.rows(
                    of: """
                        SELECT \(raw: keys.major), \(raw: keys.minor) FROM \(raw: source)
                        WHERE \(([range, part] + filters).conjunction)
                        ORDER BY \(raw: keys.major) \(raw: direction), \(raw: keys.minor) \(raw: direction)
                        LIMIT \(limit)
                        """
                ) { Cursor(major: try $0.number(0), minor: try $0.number(1)) }
            }
        }
        let parts = parts(place, Transaction.Dialect.self)
        let nearest = try parts.first.map { try find($0, limit) } ?? []
        return .pending {
            var places: [Cursor] = []
            for (number, part) in parts.enumerated() where places.count < limit {
                let missing = limit - places.count
                var found = try (number == 0 ? nearest : find(part, missing)).values().flatMap(\.self)
                if ranges.count > 1 { found.sort { isAscending ? $0 < $1 : $1 < $0 } }
                places += found.prefix(missing)
            }
            return places
        }
    }

    /// The rows at a place, as conditions of which each is one range of the keys. If the engine does not find that
    /// range by both keys, these are the rows that share the cursor's major key, of which there may be many, and then
    /// the others.
    private func parts(_ place: Place?, _ dialect: any SQLDialect.Type) -> [SQLFragment] {
        guard let (cursor, isAfter) = place else { return [within(bounds.from, bounds.to)] }
        let isGreater = isAfter != isDescending
        if dialect.comparesRows {
            let condition: SQLFragment = """
                (\(raw: keys.major), \(raw: keys.minor)) \(raw: isGreater ? ">" : "<") \
                (\(cursor.major), \(cursor.minor))
                """
            // With a bound for the major key alone, by which the engine leaves out parts of a table.
            let from = isGreater ? max(bounds.from ?? .min, cursor.major) : bounds.from
            return [
                within(from, bounds.to) && condition
                    && (isGreater ? .none : "\(raw: keys.major) <= \(cursor.major)")
            ]
        }
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
    ) throws -> SQLResult<Int> {
        let source = source(Transaction.Dialect.self)
        let queries: [SQLFragment] = ranges.map { range in
            let condition = ([range, within(bounds.from, bounds.to)] + filters).conjunction
            return "SELECT count(*) FROM \(raw: source) WHERE \(condition)"
        }
        let list = "\(queries)"
        if let known = totals.total(of: list) { return SQLResult(known) }
        let counts = try queries.map { try db.count($0) }
        return .pending {
            let (count, work) = try counts.values().reduce((0, 0)) { ($0.0 + $1.rows, $0.1 + $1.work) }
            totals.note(count, work: work, of: list)
            return count
        }
    }

    private func source(_ dialect: any SQLDialect.Type) -> String { dialect.rows(of: table, by: index) }
}
