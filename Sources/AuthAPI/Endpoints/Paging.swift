import HTTP
import Identity
import JSON

/// The parameters of every list.
enum Paging {
    static let size = QueryParameter<Int>(
        "page_size", "",
        .integer(minimum: PageRequest.sizes.lowerBound, maximum: PageRequest.sizes.upperBound)
            .with("default", .number(PageRequest.defaultSize)), component: "PageSize",
        fault: "This is \(PageRequest.sizes.lowerBound) to \(PageRequest.sizes.upperBound).", .outOfRange
    ) { text in
        let isNumber = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return isNumber ? Int(text).flatMap { PageRequest.sizes.contains($0) ? $0 : nil } : nil
    }

    static let after = cursor("after", "The `next_cursor` of the page before. Not with `before`.", "After")
    static let before = cursor("before", "The `previous_cursor` of the page behind. Not with `after`.", "Before")

    static let count = QueryParameter<Bool>(
        "count", "Whether the rows of the whole list are counted, which takes the longest of a long list.",
        .boolean.with("default", true), component: "Count", fault: "This is true or false."
    ) { Bool($0) }

    static let parameters: [any DescribedParameter] = [size, after, before, count]

    private static func cursor(_ name: String, _ description: String, _ component: String) -> QueryParameter<Cursor> {
        QueryParameter(
            name, description, .string(pattern: "^[0-9a-f]{32}$"), component: component,
            fault: "This is not a cursor of this list."
        ) { Cursor($0) }
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
        return PageRequest(
            size: size ?? PageRequest.defaultSize, position: after.map { .after($0) } ?? before.map { .before($0) } ?? .first,
            counts: counts ?? true)
    }
}
