import HTTP
import Identity
import JSON

/// The parameters of every list.
enum Paging {
    static let size = QueryParameter<Int>(
        "page_size", "The number of entries in a page, at most.",
        .integer(minimum: PageRequest.sizes.lowerBound, maximum: PageRequest.sizes.upperBound)
            .with("default", .number(PageRequest.defaultSize)), component: "PageSize"
    ) { text throws(ValueFault) in
        let isNumber = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard isNumber, let size = Int(text), PageRequest.sizes.contains(size) else {
            let (least, most) = (PageRequest.sizes.lowerBound, PageRequest.sizes.upperBound)
            throw ValueFault(.outOfRange, "This must be \(least) to \(most).")
        }
        return size
    }

    static let after = cursor("after", "The `next_cursor` of the page before. Not together with `before`.", "After")
    static let before = cursor(
        "before", "The `previous_cursor` of the page after. Not together with `after`.", "Before")

    static let count = QueryParameter<Bool>(
        "count", "False leaves `total_count` null, which saves most of the time that a long list takes.",
        .boolean.with("default", true), component: "Count"
    ) { text throws(ValueFault) in
        guard let counts = Bool(text) else { throw ValueFault(.invalidFormat, "This must be true or false.") }
        return counts
    }

    static let parameters: [any DescribedParameter] = [size, after, before, count]

    private static func cursor(_ name: String, _ description: String, _ component: String) -> QueryParameter<Cursor> {
        QueryParameter(name, description, .string(pattern: "^[0-9a-f]{32}$"), component: component) {
            text throws(ValueFault) in
            guard let cursor = Cursor(text) else {
                throw ValueFault(.invalidFormat, "This is not a cursor of this list.")
            }
            return cursor
        }
    }
}

extension FieldReader where Fault == InputFault {
    /// The part of a list that is wanted, once everything else was read.
    ///
    /// - Throws: the problem with every fault of the query.
    mutating func checkedPage() throws(Problem) -> PageRequest {
        let page = page()
        try check()
        return page
    }

    private mutating func page() -> PageRequest {
        let size = self[Paging.size]
        let after = self[Paging.after]
        let before = self[Paging.before]
        if after != nil && before != nil {
            note(InputFault("before", .outOfRange, "Only one of after and before may be there."))
        }
        let counts = self[Paging.count]
        let position: PageRequest.Position = after.map { .after($0) } ?? before.map { .before($0) } ?? .first
        return PageRequest(size: size ?? PageRequest.defaultSize, position: position, counts: counts ?? true)
    }
}
