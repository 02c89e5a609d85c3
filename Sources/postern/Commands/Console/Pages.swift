import Identity

/// Lists, read to their end.
///
/// ```swift
/// try Pages.forEach { page throws(AuthenticationError) in
///     try service.accounts(filter, page, by: .operator)
/// } _: { accounts in
///     for account in accounts { … }
/// }
/// ```
enum Pages {
    /// Calls `body` with the items of each page of a list, and at least once.
    ///
    /// - Parameter limit: the most items, 1 or more; `nil` for all.
    static func forEach<Item, Failure: Error>(
        limit: Int? = nil, _ page: (PageRequest) throws(Failure) -> Page<Item>,
        _ body: ([Item]) throws(Failure) -> Void
    ) throws(Failure) {
        var position: PageRequest.Position? = .first
        var rest = limit ?? .max
        while let current = position, rest > 0 {
            let size = min(rest, PageRequest.sizes.upperBound)
            let read = try page(PageRequest(size: size, position: current, counts: false))
            try body(read.items)
            rest -= read.items.count
            position = read.next.map { .after($0) }
        }
    }
}
