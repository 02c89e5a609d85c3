/// A place in a list, between two rows: it stays right while rows come and go.
public struct Cursor: Sendable, Equatable, Comparable {
    /// What the list is ordered by first.
    public let major: Int64
    /// What it is ordered by where that is equal.
    public let minor: Int64

    /// Makes a cursor at a row's keys.
    public init(major: Int64, minor: Int64) {
        self.major = major
        self.minor = minor
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    /// The place right beside this one: between it and this place no row fits.
    public func neighbour(isGreater: Bool) -> Cursor {
        let end: Int64 = isGreater ? .max : .min
        let step: Int64 = isGreater ? 1 : -1
        if minor != end { return Cursor(major: major, minor: minor + step) }
        return major == end ? self : Cursor(major: major + step, minor: isGreater ? .min : .max)
    }

    /// Reads what `text` wrote; `nil` for anything else.
    public init?(_ text: String) {
        guard text.utf8.count == 32, let major = Self.number(text.prefix(16)), let minor = Self.number(text.suffix(16))
        else { return nil }
        self.init(major: major, minor: minor)
    }

    /// The cursor as clients see it: opaque to them.
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

/// Which part of a list is wanted.
public struct PageRequest: Sendable, Equatable {
    /// Where the part begins or ends.
    public enum Position: Sendable, Equatable {
        case first
        case after(Cursor)
        case before(Cursor)
    }

    /// How many rows a part may have.
    public static let sizes = 1...100
    /// How many it has where nothing else is said.
    public static let defaultSize = 20

    /// The most rows, in `sizes`.
    public let size: Int
    /// Where the part begins or ends.
    public let position: Position
    /// Whether the rows of the whole list are counted.
    public let counts: Bool

    /// Makes a request.
    public init(size: Int = defaultSize, position: Position = .first, counts: Bool = true) {
        self.size = size
        self.position = position
        self.counts = counts
    }
}

/// A part of a list.
public struct Page<Item: Sendable>: Sendable {
    /// The rows.
    public let items: [Item]
    /// After which place the next part begins; `nil` where there is none.
    public let next: Cursor?
    /// Before which place the previous part ends; `nil` where there is none.
    public let previous: Cursor?
    /// How many rows the whole list has; `nil` where they were not counted. Of a list that takes long to count it may
    /// be some seconds old.
    public let total: Int?

    /// Makes a part.
    public init(items: [Item], next: Cursor?, previous: Cursor?, total: Int?) {
        self.items = items
        self.next = next
        self.previous = previous
        self.total = total
    }

    /// The same part with other items.
    public func map<Other: Sendable>(_ transform: (Item) throws -> Other) rethrows -> Page<Other> {
        Page<Other>(items: try items.map(transform), next: next, previous: previous, total: total)
    }
}
