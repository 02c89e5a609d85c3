/// Writes JSON as UTF-8, without white space, straight into one buffer (RFC 8259).
///
/// It sets the commas; the caller sees to it that what begins also ends, and that a key goes before each member's
/// value.
///
///     var writer = JSONWriter()
///     writer.beginObject()
///     writer.key("status")
///     writer.string("ok")
///     writer.endObject()  // writer.bytes is {"status":"ok"}
public struct JSONWriter {
    /// The text so far.
    public private(set) var bytes: [UInt8] = []
    /// True if a value stands before the next one.
    private var followsValue = false

    /// Makes a writer with room for a text of so many bytes; it grows if that is too little.
    public init(capacity: Int = 2048) { bytes.reserveCapacity(capacity) }

    /// Writes `{`.
    public mutating func beginObject() { begin(UInt8(ascii: "{")) }

    /// Writes `}`.
    public mutating func endObject() { end(UInt8(ascii: "}")) }

    /// Writes `[`.
    public mutating func beginArray() { begin(UInt8(ascii: "[")) }

    /// Writes `]`.
    public mutating func endArray() { end(UInt8(ascii: "]")) }

    /// Writes the name of a member, whose value is to follow.
    public mutating func key(_ key: JSONKey) {
        bytes.append(contentsOf: key.bytes.dropFirst(followsValue ? 0 : 1))
        followsValue = false
    }

    /// Writes `null`.
    public mutating func null() { literal("null") }

    /// Writes a truth value.
    public mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }

    /// Writes an integer.
    public mutating func number(_ value: Int) {
        separate()
        bytes.append(contentsOf: String(value).utf8)
    }

    /// Writes a string, with escapes for quotation marks, backslashes and control characters.
    public mutating func string(_ text: String) {
        separate()
        bytes.append(quoted: text)
    }

    /// Writes a value that is JSON already.
    public mutating func written(_ json: [UInt8]) {
        separate()
        bytes.append(contentsOf: json)
    }

    private mutating func begin(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        followsValue = false
    }

    private mutating func end(_ bracket: UInt8) {
        bytes.append(bracket)
        followsValue = true
    }

    private mutating func literal(_ text: StaticString) {
        separate()
        unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func separate() {
        if followsValue { bytes.append(UInt8(ascii: ",")) }
        followsValue = true
    }
}

/// The name of a member as it stands in a text, made once for many.
public struct JSONKey: Sendable, ExpressibleByStringLiteral {
    /// Comma, quoted name, colon.
    fileprivate let bytes: [UInt8]

    /// Makes the key of a member of this name.
    public init(_ name: String) {
        var bytes = [UInt8(ascii: ",")]
        bytes.append(quoted: name)
        bytes.append(UInt8(ascii: ":"))
        self.bytes = bytes
    }

    public init(stringLiteral name: String) { self.init(name) }
}

extension [UInt8] {
    /// Adds a text between quotation marks.
    fileprivate mutating func append(quoted text: String) {
        append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            // Nearly every text needs no escape, and is copied as a whole.
            guard unsafe utf8.contains(where: { Self.needsEscape($0) }) else {
                unsafe append(contentsOf: utf8)
                return
            }
            for index in utf8.indices {
                let byte = unsafe utf8[index]
                if !Self.needsEscape(byte) {
                    append(byte)
                } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                    append(contentsOf: [UInt8(ascii: "\\"), byte])
                } else {
                    append(contentsOf: ("\\u00" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16)).utf8)
                }
            }
        }
        append(UInt8(ascii: "\""))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
    }
}
