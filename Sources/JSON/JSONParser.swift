/// A strict parser of JSON (RFC 8259) that copies no value: a string stays where it stands in the text, so that a
/// password in it is nowhere else.
///
/// Beyond the grammar it refuses the texts on which parsers disagree: a name twice in one object, and half of a
/// surrogate pair. Nesting is bounded.
///
/// ```swift
/// guard case .object(let members) = try JSONParser.parse(text),
///     case .string(let range) = members[Array("email".utf8)]
/// else { return nil }
/// let email = JSONString.decode(text, range)
/// ```
public struct JSONParser {
    /// A value. Ranges are offsets in the text.
    public enum Node: Equatable, Sendable {
        case null
        case bool(Bool)
        case number(Range<Int>)
        /// The part between the quotation marks, with its escapes.
        case string(Range<Int>)
        case array([Node])
        /// Names are UTF-8: names that differ in code points are different.
        case object([[UInt8]: Node])
    }

    /// The most levels of arrays and objects in each other.
    public static let maximumDepth = 32

    private var position = 0
    private var depth = 0

    /// Reads a text that is one value with white space around it.
    public static func parse(_ text: Span<UInt8>) throws(JSONError) -> Node {
        guard (try? UTF8Span(validating: text)) != nil else { throw .notUTF8 }
        var parser = JSONParser()
        let node = try parser.value(text)
        parser.skipSpace(text)
        guard parser.position == text.count else { throw .malformed(offset: parser.position) }
        return node
    }

    private mutating func value(_ text: Span<UInt8>) throws(JSONError) -> Node {
        skipSpace(text)
        switch peek(text) {
        case UInt8(ascii: "{"): return try nested(text) { parser, text throws(JSONError) in try parser.object(text) }
        case UInt8(ascii: "["): return try nested(text) { parser, text throws(JSONError) in try parser.array(text) }
        case UInt8(ascii: "\""): return .string(try string(text))
        case UInt8(ascii: "t"): return try literal("true", .bool(true), text)
        case UInt8(ascii: "f"): return try literal("false", .bool(false), text)
        case UInt8(ascii: "n"): return try literal("null", .null, text)
        default: return .number(try number(text))
        }
    }

    private mutating func nested(
        _ text: Span<UInt8>, _ read: (inout JSONParser, Span<UInt8>) throws(JSONError) -> Node
    ) throws(JSONError) -> Node {
        depth += 1
        guard depth <= Self.maximumDepth else { throw .tooDeep }
        position += 1
        let node = try read(&self, text)
        depth -= 1
        return node
    }

    private mutating func object(_ text: Span<UInt8>) throws(JSONError) -> Node {
        var members: [[UInt8]: Node] = [:]
        skipSpace(text)
        if skip("}", text) { return .object(members) }
        repeat {
            skipSpace(text)
            guard peek(text) == UInt8(ascii: "\"") else { throw .malformed(offset: position) }
            let name = JSONString.decode(text, try string(text))
            skipSpace(text)
            guard skip(":", text) else { throw .malformed(offset: position) }
            guard members.updateValue(try value(text), forKey: name) == nil else { throw .repeatedName }
            skipSpace(text)
        } while skip(",", text)
        guard skip("}", text) else { throw .malformed(offset: position) }
        return .object(members)
    }

    private mutating func array(_ text: Span<UInt8>) throws(JSONError) -> Node {
        var items: [Node] = []
        skipSpace(text)
        if skip("]", text) { return .array(items) }
        repeat {
            items.append(try value(text))
            skipSpace(text)
        } while skip(",", text)
        guard skip("]", text) else { throw .malformed(offset: position) }
        return .array(items)
    }

    private mutating func literal(_ word: StaticString, _ node: Node, _ text: Span<UInt8>) throws(JSONError) -> Node {
        for offset in 0..<word.utf8CodeUnitCount {
            guard peek(text) == (unsafe word.utf8Start[offset]) else { throw .malformed(offset: position) }
            position += 1
        }
        return node
    }

    private mutating func number(_ text: Span<UInt8>) throws(JSONError) -> Range<Int> {
        let start = position
        _ = skip("-", text)
        if !skip("0", text) { try digits(text) }
        if skip(".", text) { try digits(text) }
        if skip("e", text) || skip("E", text) {
            if !skip("+", text) { _ = skip("-", text) }
            try digits(text)
        }
        return start..<position
    }

    private mutating func digits(_ text: Span<UInt8>) throws(JSONError) {
        let start = position
        while let byte = peek(text), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        guard position > start else { throw .malformed(offset: position) }
    }

    /// Reads a string from its opening quotation mark to past its closing one.
    private mutating func string(_ text: Span<UInt8>) throws(JSONError) -> Range<Int> {
        position += 1
        let start = position
        while let byte = peek(text) {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return start..<(position - 1)
            case UInt8(ascii: "\\"):
                guard let length = JSONString.escapeLength(text, at: position) else {
                    throw .malformed(offset: position)
                }
                position += length
            case 0..<0x20: throw .malformed(offset: position)
            default: position += 1
            }
        }
        throw .malformed(offset: position)
    }

    private func peek(_ text: Span<UInt8>) -> UInt8? {
        position < text.count ? text[position] : nil
    }

    private mutating func skip(_ character: Unicode.Scalar, _ text: Span<UInt8>) -> Bool {
        guard peek(text) == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace(_ text: Span<UInt8>) {
        while let byte = peek(text), byte == 0x20 || (0x09...0x0A).contains(byte) || byte == 0x0D { position += 1 }
    }
}

/// The reason why a text is not JSON that is accepted.
public enum JSONError: Error, Equatable {
    /// Bytes that are not UTF-8.
    case notUTF8
    /// A text that breaks the grammar, at this offset in bytes.
    case malformed(offset: Int)
    /// Arrays and objects nested deeper than `JSONParser.maximumDepth`.
    case tooDeep
    /// An object with the same name twice.
    case repeatedName

    /// The sentence for the sender of the text.
    ///
    /// - Parameter text: the word for the text, as `body` or `line`.
    public func detail(of text: String) -> String {
        switch self {
        case .notUTF8: "The \(text) is not UTF-8."
        case .malformed(let offset): "The \(text) is not JSON: see byte \(offset)."
        case .tooDeep: "The \(text) is nested deeper than \(JSONParser.maximumDepth) levels."
        case .repeatedName: "An object in the \(text) has the same name twice."
        }
    }
}
