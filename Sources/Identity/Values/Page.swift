/// A position between two rows of a list. It remains valid while rows are added and removed.
///
/// ```swift
/// let cursor = Cursor(major: 1_770_560_052, minor: 7)
/// Cursor(cursor.text) == cursor   // true
/// ```
public struct Cursor: Sendable, Equatable, Comparable {
    /// The primary sort key.
    public let major: Int64
    /// The secondary sort key.
    public let minor: Int64

    /// Creates a cursor from a row's keys.
    public init(major: Int64, minor: Int64) {
        self.major = major
        self.minor = minor
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    /// The adjacent position, with no room for a row in between.
    public func neighbour(isGreater: Bool) -> Cursor {
        let end: Int64 = isGreater ? .max : .min
        let step: Int64 = isGreater ? 1 : -1
        if minor != end { return Cursor(major: major, minor: minor + step) }
        return major == end ? self : Cursor(major: major + step, minor: isGreater ? .min : .max)
    }

    /// Reads a cursor written by `text`; `nil` for any other text.
    public init?(_ text: String) {
        guard text.utf8.count == 32, let major = Self.number(text.prefix(16)), let minor = Self.number(text.suffix(16))
        else { return nil }
        self.init(major: major, minor: minor)
    }

    /// The cursor for clients, which must treat it as opaque.
    public var text: String { Self.digits(major) + Self.digits(minor) }

    private static func number(_ digits: Substring) -> Int64? {
        guard digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else { return nil }
        return UInt64(digits, radix: 16).map(Int64.init(bitPattern:))
    }

    private static func digits(_ number: Int64) -> String {
        let digits = String(UInt64(bitPattern: number), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// A request for a page of a list.
///
///     let first = try service.users(PageRequest(size: 50), by: caller)
///     if let next = first.next { _ = try service.users(PageRequest(size: 50, position: .after(next)), by: caller) }
public struct PageRequest: Sendable, Equatable {
    /// The position of a page.
    public enum Position: Sendable, Equatable {
        case first
        case after(Cursor)
        case before(Cursor)
    }

    /// The allowed page sizes.
    public static let sizes = 1...100
    /// The default page size.
    public static let defaultSize = 20

    /// The maximum number of rows, within `sizes`.
    public let size: Int
    /// The position of the page.
    public let position: Position
    /// True to count the rows of the whole list.
    public let counts: Bool

    /// Creates a request.
    public init(size: Int = defaultSize, position: Position = .first, counts: Bool = true) {
        self.size = size
        self.position = position
        self.counts = counts
    }
}

/// A page of a list.
public struct Page<Item: Sendable>: Sendable {
    /// The rows.
    public let items: [Item]
    /// The position after which the next page begins; `nil` if there is none.
    public let next: Cursor?
    /// The position before which the previous page ends; `nil` if there is none.
    public let previous: Cursor?
    /// The number of rows of the whole list; `nil` if they were not counted. The count of a long list may be some
    /// seconds old.
    public let total: Int?

    /// Creates a page.
    public init(items: [Item], next: Cursor?, previous: Cursor?, total: Int?) {
        self.items = items
        self.next = next
        self.previous = previous
        self.total = total
    }

    /// The page with transformed rows.
    public func map<Other: Sendable>(_ transform: (Item) throws -> Other) rethrows -> Page<Other> {
        Page<Other>(items: try items.map(transform), next: next, previous: previous, total: total)
    }
}
