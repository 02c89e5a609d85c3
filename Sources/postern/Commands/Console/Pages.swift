import Identity

/// Lists, read to their end.
enum Pages {
    /// Calls `body` with the items of each page of a list, and at least once.
    static func forEach<Item, Failure: Error>(
        _ page: (PageRequest) throws(Failure) -> Page<Item>, _ body: ([Item]) throws(Failure) -> Void
    ) throws(Failure) {
        var position: PageRequest.Position? = .first
        while let current = position {
            let read = try page(PageRequest(size: PageRequest.sizes.upperBound, position: current, counts: false))
            try body(read.items)
            position = read.next.map { .after($0) }
        }
    }
}
