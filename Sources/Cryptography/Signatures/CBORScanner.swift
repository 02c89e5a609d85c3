/// The head of an item (RFC 8949, section 3): its major type, and the number that is its value or its length.
struct CBORHead {
    /// The major types that are accepted.
    enum MajorType: UInt8 {
        case unsigned = 0
        case negative = 1
        case bytes = 2
        case text = 3
        case array = 4
        case map = 5
        case simple = 7
    }

    let type: MajorType
    let argument: UInt64
    /// The bytes of the head: 1 to 9.
    let length: Int

    /// Reads the head at a position.
    init(_ bytes: Span<UInt8>, at position: Int) throws(CBORError) {
        guard position < bytes.count else { throw .tooShort }
        let first = bytes[position]
        guard let type = MajorType(rawValue: first >> 5) else { throw .tag }
        self.type = type
        switch first & 0x1F {
        case let value where value < 24: (argument, length) = (UInt64(value), 1)
        case let size where size < 28:
            // The bits of a float would stand here; a simple value of two bytes is none of the three.
            guard type != .simple else { throw .simpleValue }
            length = 1 + 1 << (size - 24)
            argument = try Self.number(bytes, from: position + 1, to: position + length)
        case 31: throw type == .simple ? .reserved : .indefiniteLength
        default: throw .reserved
        }
        if type == .simple, !(20...22).contains(argument) { throw .simpleValue }
    }

    /// Reads a number of 1, 2, 4 or 8 bytes, which must not fit in the next smaller size.
    private static func number(_ bytes: Span<UInt8>, from start: Int, to end: Int) throws(CBORError) -> UInt64 {
        guard end <= bytes.count else { throw .tooShort }
        var number: UInt64 = 0
        for index in start..<end { number = number << 8 | UInt64(bytes[index]) }
        let least: UInt64 = end - start == 1 ? 24 : 1 << UInt64(4 * (end - start))
        guard number >= least else { throw .notShortest }
        return number
    }
}

/// A walk over the bytes of an item, which checks each and makes no copy: nothing is allocated, however long the item
/// says that it is.
struct CBORScanner {
    private var position = 0

    /// The number of bytes of the item with which `bytes` begin. Its work is linear, but for the keys of a map, of
    /// which there are `CBOR.maximumEntries` at most.
    static func length(of bytes: Span<UInt8>) throws(CBORError) -> Int {
        var scanner = CBORScanner()
        try scanner.item(bytes, depth: 0)
        return scanner.position
    }

    private mutating func item(_ bytes: Span<UInt8>, depth: Int) throws(CBORError) {
        let head = try CBORHead(bytes, at: position)
        position += head.length
        switch head.type {
        case .unsigned, .negative, .simple: break
        case .bytes, .text: try string(bytes, head)
        case .array:
            let count = try self.count(bytes, head, itemsPerEntry: 1, depth: depth)
            for _ in 0..<count { try item(bytes, depth: depth + 1) }
        case .map: try map(bytes, count: try count(bytes, head, itemsPerEntry: 2, depth: depth), depth: depth)
        }
    }

    private mutating func string(_ bytes: Span<UInt8>, _ head: CBORHead) throws(CBORError) {
        guard head.argument <= UInt64(bytes.count - position) else { throw .tooShort }
        let end = position + Int(head.argument)
        if head.type == .text, (try? UTF8Span(validating: bytes.extracting(position..<end))) == nil {
            throw .notUTF8
        }
        position = end
    }

    /// The number of entries of an array or a map, each of which takes a byte for each item at least.
    private func count(
        _ bytes: Span<UInt8>, _ head: CBORHead, itemsPerEntry: UInt64, depth: Int
    ) throws(CBORError) -> Int {
        guard depth < CBOR.maximumDepth else { throw .tooDeep }
        guard head.argument <= UInt64(bytes.count - position) / itemsPerEntry else { throw .tooShort }
        return Int(head.argument)
    }

    private mutating func map(_ bytes: Span<UInt8>, count: Int, depth: Int) throws(CBORError) {
        guard count <= CBOR.maximumEntries else { throw .tooManyEntries }
        // On the stack, 512 bytes for all levels: the ends of the keys so far. What is read is at most 16 KiB.
        var keys = InlineArray<32, (start: UInt16, end: UInt16)>(repeating: (0, 0))
        for index in 0..<count {
            let start = position
            let head = try CBORHead(bytes, at: position)
            guard head.type == .unsigned || head.type == .negative || head.type == .text else { throw .keyType }
            try item(bytes, depth: depth + 1)
            let key = bytes.extracting(start..<position)
            for other in 0..<index {
                let range = Int(keys[other].start)..<Int(keys[other].end)
                // Each value has one encoding, so keys are the same if their bytes are.
                if Self.areEqual(key, bytes.extracting(range)) { throw .repeatedKey }
            }
            keys[index] = (UInt16(start), UInt16(position))
            try item(bytes, depth: depth + 1)
        }
    }

    private static func areEqual(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        for index in left.indices where left[index] != right[index] { return false }
        return true
    }
}
