/// A JSON value to be written (RFC 8259). Members keep the order in which they are given.
///
/// ```swift
/// let value: JSONValue = ["id": .string(id), "roles": .strings(["AppAdmin"]), "expires_at": .null]
/// let text = value.utf8
/// ```
public enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case number(Int)
    case string(String)
    case array([JSONValue])
    case object([Member])
    /// A value that a `JSONWriter` has written already.
    case written([UInt8])

    /// A member of an object.
    public struct Member: Sendable, Equatable {
        public let name: String
        public let value: JSONValue

        /// Makes a member.
        public init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// An object of these members, if some are known only at run time.
    public static func members(_ members: [(String, JSONValue)]) -> JSONValue {
        .object(members.map { Member(name: $0, value: $1) })
    }

    /// The object with these members behind its own; any other value as it is.
    public func with(_ members: [(String, JSONValue)]) -> JSONValue {
        switch self {
        case .object(let own): return .object(own + members.map { Member(name: $0, value: $1) })
        case .written(let text) where text.last == UInt8(ascii: "}"):
            let added = JSONValue.members(members).utf8.dropFirst()
            let needsComma = text.count > 2 && !members.isEmpty
            return .written(text.dropLast() + (needsComma ? [UInt8(ascii: ",")] : []) + added)
        default: return self
        }
    }

    /// The object with the members of another behind its own.
    public func with(_ more: JSONValue) -> JSONValue {
        guard case .object(let added) = more else { return self }
        return with(added.map { ($0.name, $0.value) })
    }

    /// A string, or null.
    public static func string(orNull text: String?) -> JSONValue {
        text.map { .string($0) } ?? .null
    }

    /// An array of strings.
    public static func strings(_ texts: [String]) -> JSONValue {
        .array(texts.map { .string($0) })
    }

    /// The value as UTF-8, without white space.
    public var utf8: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }

    private func write(to writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .bool(let value): writer.bool(value)
        case .number(let value): writer.number(value)
        case .string(let text): writer.string(text)
        case .written(let text): writer.written(text)
        case .array(let values):
            writer.beginArray()
            for value in values { value.write(to: &writer) }
            writer.endArray()
        case .object(let members):
            writer.beginObject()
            for member in members {
                writer.key(JSONKey(member.name))
                member.value.write(to: &writer)
            }
            writer.endObject()
        }
    }
}

extension JSONValue: ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    public init(integerLiteral value: Int) {
        self = .number(value)
    }

    public init(booleanLiteral value: Bool) {
        self = .bool(value)
    }
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member(name: $0, value: $1) })
    }

    public init(arrayLiteral elements: JSONValue...) {
        self = .array(elements)
    }

    public init(stringLiteral value: String) {
        self = .string(value)
    }
}
