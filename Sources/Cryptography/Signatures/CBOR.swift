/// An item of CBOR (RFC 8949) in the strict form of WebAuthn's authenticators (CTAP 2.1, section 8): a view of the
/// bytes that hold it, which were all checked when it was made.
///
/// Lengths are definite and integers the shortest; there are no tags, floats or repeated keys, at most four levels, and
/// `maximumLength` bytes. The keys of a map may stand in any order, since not every client sorts them.
///
/// It stands beside the keys that it encodes: COSE is the one reason for CBOR here, and the domain, which reads
/// attestations and extensions, may import this target already.
///
/// ```swift
/// let item = try CBOR([0xA1, 0x63, 0x66, 0x6D, 0x74, 0x64, 0x6E, 0x6F, 0x6E, 0x65])  // {"fmt": "none"}
/// item["fmt"]?.isText("none")  // true
/// ```
public struct CBOR: Sendable {
    /// The bytes of the item: a part of those that it was read from, not a copy.
    public let encoded: ArraySlice<UInt8>

    /// The most bytes of an item: those of a request's body.
    public static let maximumLength = 16 << 10
    /// The most levels of arrays and maps in each other.
    public static let maximumDepth = 4
    /// The most entries of a map, since each key is compared with those before it. The longest that WebAuthn has, the
    /// statement of a TPM, has six.
    public static let maximumEntries = 32

    /// Reads bytes that are one item and nothing else.
    public init(_ bytes: ArraySlice<UInt8>) throws(CBORError) {
        try self.init(prefixOf: bytes)
        guard encoded.endIndex == bytes.endIndex else { throw .trailingBytes }
    }

    /// Reads the item with which bytes begin. Others may follow.
    public init(prefixOf bytes: ArraySlice<UInt8>) throws(CBORError) {
        let bounded = bytes.prefix(Self.maximumLength)
        let length = try CBORScanner.length(of: bounded.span)
        encoded = bytes[bytes.startIndex..<(bytes.startIndex + length)]
    }

    /// Takes bytes that were checked as a part of an item.
    private init(checked encoded: ArraySlice<UInt8>) { self.encoded = encoded }
}

extension CBOR {
    /// The value of an integer; `nil` for another type, and outside of the 64 bits of `Int`.
    public var integer: Int? {
        switch head?.type {
        case .unsigned: argument.flatMap { Int(exactly: $0) }
        case .negative: argument.flatMap { Int(exactly: $0) }.map { -1 - $0 }
        default: nil
        }
    }

    /// The bytes of a byte string.
    public var bytes: ArraySlice<UInt8>? { content(of: .bytes) }

    /// Tells whether it is this text string.
    public func isText(_ text: StaticString) -> Bool {
        guard let content = content(of: .text) else { return false }
        return unsafe content.elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// The value of a text string, for a log.
    public var text: String? { content(of: .text).map { String(decoding: $0, as: UTF8.self) } }

    /// The number of entries of a map; `nil` for another type.
    public var entryCount: Int? { head?.type == .map ? argument.flatMap { Int(exactly: $0) } : nil }

    /// The value of a key in a map.
    public subscript(_ key: Int) -> CBOR? { value { $0.integer == key } }

    /// The value of a key in a map.
    public subscript(_ key: StaticString) -> CBOR? { value { $0.isText(key) } }

    private var head: CBORHead? { try? CBORHead(encoded.span, at: 0) }

    private var argument: UInt64? { head?.argument }

    private func content(of type: CBORHead.MajorType) -> ArraySlice<UInt8>? {
        guard let head, head.type == type else { return nil }
        return encoded.dropFirst(head.length)
    }

    private func value(_ isKey: (CBOR) -> Bool) -> CBOR? {
        guard let head, head.type == .map else { return nil }
        var rest = encoded.dropFirst(head.length)
        for _ in 0..<head.argument {
            guard let key = Self.next(in: &rest), let value = Self.next(in: &rest) else { return nil }
            if isKey(key) { return value }
        }
        return nil
    }

    /// Cuts the next item of a map off.
    private static func next(in rest: inout ArraySlice<UInt8>) -> CBOR? {
        guard let length = try? CBORScanner.length(of: rest.span) else { return nil }
        defer { rest = rest.dropFirst(length) }
        return CBOR(checked: rest.prefix(length))
    }
}

/// The reason why bytes are not CBOR that is accepted.
public enum CBORError: Error, Equatable {
    /// An item that is longer than the bytes, or than `CBOR.maximumLength`.
    case tooShort
    /// Bytes behind the item.
    case trailingBytes
    /// An item whose end only a break tells.
    case indefiniteLength
    /// A number in more bytes than it needs.
    case notShortest
    /// A tag.
    case tag
    /// A float, or a simple value other than true, false and null.
    case simpleValue
    /// A head that RFC 8949 reserves.
    case reserved
    /// A key that is neither an integer nor a text string.
    case keyType
    /// A key twice in one map.
    case repeatedKey
    /// A map of more than `CBOR.maximumEntries`.
    case tooManyEntries
    /// Levels beyond `CBOR.maximumDepth`.
    case tooDeep
    /// A text string that is not UTF-8.
    case notUTF8
}
