import Identity

/// Reads lists to their end.
enum Pages {
    /// Calls `body` with the items of each page of a list; once at least.
    static func forEach<Item>(
        _ page: (PageRequest) throws -> Page<Item>, _ body: ([Item]) throws -> Void
    ) throws {
        var position: PageRequest.Position? = .first
        while let current = position {
            let read = try CommandFailure.wrapping {
                try page(PageRequest(size: PageRequest.sizes.upperBound, position: current, counts: false))
            }
            try body(read.items)
            position = read.next.map { .after($0) }
        }
    }
}
