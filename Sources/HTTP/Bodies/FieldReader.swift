public import JSON
import System

/// The fields that a client sent: the members of a JSON object, or the fields of a form or a query.
///
/// A value of another type than asked for is noted, and reading goes on, so that all faults are reported together. A
/// member of an inner object is named with a slash: `user_info/name`.
///
/// ```swift
/// var fields = try FieldReader<InputFault>(json: request.body)
/// let email = fields.string("email")
/// let roles = fields.strings("roles")
/// guard fields.faults.isEmpty else { throw Problem.invalidInput(fields.faults) }
/// ```
public struct FieldReader<Fault: FieldFault>: Sendable {
    /// Every fault so far: of the fields that were read, and of those that the request can't change.
    public var faults: [Fault] {
        noted + unchangeable.filter(has).map { Fault($0, .notChangeable) }
    }

    private var noted: [Fault] = []
    private let unchangeable: [String]
    /// True for JSON values, false for texts.
    private let isJSON: Bool
    private let text: RequestBody
    private let members: [[UInt8]: JSONParser.Node]

    /// Reads a JSON object. It need not come from a request: a line of an import file is read the same way.
    ///
    /// - Parameter unchangeable: the names of members that are a fault, since a client that sends them would believe
    ///   them changed.
    public init(json body: RequestBody, unchangeable: [String] = []) throws(JSONBodyError) {
        let node: JSONParser.Node
        do throws(JSONError) {
            node = try body.bytes.withSpan { text throws(JSONError) in try JSONParser.parse(text) }
        } catch {
            throw .malformed(error)
        }
        guard case .object(let members) = node else { throw .notAnObject }
        self.members = members
        (isJSON, text, self.unchangeable) = (true, body, unchangeable)
    }

    /// Reads a body of type `application/x-www-form-urlencoded`: at most 64 fields, no name twice, `+` for a space.
    public init(form body: RequestBody) throws(URLEncodedError) {
        self.init(try body.bytes.withSpan { text throws(URLEncodedError) in try URLEncodedFields(text, .form) })
    }

    /// Reads a query: at most 4096 bytes. `+` is a plus sign, as in many email addresses. A repeated parameter
    /// is a fault if it is read.
    public init(query: String) throws(URLEncodedError) {
        self.init(try URLEncodedFields(Array(query.utf8).span, .query))
    }

    private init(_ fields: URLEncodedFields) {
        members = fields.members
        (isJSON, text, unchangeable) = (false, fields.bytes, [])
    }

    /// Adds a fault that the caller found, once.
    public mutating func note(_ fault: Fault) {
        if !noted.contains(fault) { noted.append(fault) }
    }

    /// A string; `nil` if it is missing, null or of another type.
    public mutating func string(_ name: String) -> String? {
        utf8(name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The UTF-8 of a string, in an array without a copy elsewhere, for a secret; `nil` if it is missing, null or of
    /// another type.
    public mutating func utf8(_ name: String) -> [UInt8]? {
        switch node(name) {
        case .string(let range):
            return decode(range)
        case nil, .null: return nil
        default:
            note(Fault(name, .wrongType(.string)))
            return nil
        }
    }

    /// A string that null removes. The outer `nil` stands for a field that is missing or of another type.
    public mutating func nullableString(_ name: String) -> String?? {
        if case .null = node(name) { return .some(nil) }
        return string(name).map { .some($0) }
    }

    /// A Boolean, as text `true` or `false`; `nil` if it is missing, null or something else.
    public mutating func bool(_ name: String) -> Bool? {
        if !isJSON { return value(name, Fault(name, .invalidFormat(.bool))) { Bool($0) } }
        switch node(name) {
        case .bool(let value): return value
        case nil, .null: return nil
        default:
            note(Fault(name, .wrongType(.bool)))
            return nil
        }
    }

    /// A whole number without a sign, given as text; `nil` if it is missing or out of bounds.
    public mutating func integer(_ name: String, in bounds: ClosedRange<Int>) -> Int? {
        value(name, Fault(name, .outOfRange(bounds))) { text in
            guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
            return Int(text).flatMap { bounds.contains($0) ? $0 : nil }
        }
    }

    /// A string as `read` takes it; `nil` if it is missing, null or wrong.
    ///
    /// - Parameter fault: the fault if `read` returns `nil`.
    public mutating func value<Value>(
        _ name: String, _ fault: @autoclosure () -> Fault, read: (String) -> Value?
    ) -> Value? {
        guard let text = string(name) else { return nil }
        let value = read(text)
        if value == nil { note(fault()) }
        return value
    }

    /// An object as a reader of its own takes it, from the whole text and its place there; `nil` if it is missing, null
    /// or wrong.
    ///
    /// - Parameters:
    ///   - fault: the fault if `read` returns `nil`.
    ///   - read: gets a copy of the text, which is not wiped: no secret stands beside such an object.
    public mutating func object<Value>(
        _ name: String, _ fault: @autoclosure () -> Fault, read: (JSONParser.Node, [UInt8]) -> Value?
    ) -> Value? {
        switch node(name) {
        case .object(let members):
            let copy = text.bytes.withSpan { text in unsafe text.withUnsafeBufferPointer { unsafe Array($0) } }
            let value = read(.object(members), copy)
            if value == nil { note(fault()) }
            return value
        case nil, .null: return nil
        default:
            note(Fault(name, .wrongType(.object)))
            return nil
        }
    }

    /// The most items of an array.
    public static var maximumItems: Int { 32 }

    /// An array of strings, with `nil` for an item of another type; `nil` if it is missing, null, of another type or
    /// longer than 32 items.
    public mutating func strings(_ name: String) -> [String?]? {
        switch node(name) {
        case .array(let nodes) where nodes.count > Self.maximumItems:
            note(Fault(name, .tooManyItems(limit: Self.maximumItems)))
            return nil
        case .array(let nodes):
            return nodes.indices.map { index in
                if case .string(let range) = nodes[index] { return String(decoding: decode(range), as: UTF8.self) }
                note(Fault("\(name)/\(index)", .wrongType(.string)))
                return nil
            }
        case nil, .null: return nil
        default:
            note(Fault(name, .wrongType(.strings)))
            return nil
        }
    }

    /// Notes a field with any other name than these, for an input in which an unknown field must not be ignored.
    public mutating func refuseAll(but known: [String]) {
        let unknown = members.keys.filter { name in !known.contains { $0.utf8.elementsEqual(name) } }
        // One is enough, and always the same one: a query has room for more than a thousand.
        if let unknown = unknown.min(by: { $0.lexicographicallyPrecedes($1) }) {
            note(Fault(String(decoding: unknown, as: UTF8.self), .unknown))
        }
    }

    private func has(_ name: String) -> Bool {
        let names = Self.path(name)
        if names.count == 1 { return members[names[0]] != nil }
        guard case .object(let inner) = members[names[0]] else { return false }
        return inner[names[1]] != nil
    }

    /// The value under a name; `nil` if there is none, or if it is noted as a fault.
    private mutating func node(_ name: String) -> JSONParser.Node? {
        guard isJSON else {
            let node = members[Array(name.utf8)]
            guard node == URLEncodedFields.repeated else { return node }
            note(Fault(name, .repeated))
            return nil
        }
        var members = members
        let names = Self.path(name)
        for (index, outer) in names.dropLast().enumerated() {
            switch members[outer] {
            case .object(let inner): members = inner
            case nil, .null: return nil
            default:
                let path = names[...index].map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
                note(Fault(path, .wrongType(.object)))
                return nil
            }
        }
        return names.last.flatMap { members[$0] }
    }

    private static func path(_ name: String) -> [[UInt8]] {
        name.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
    }

    private func decode(_ range: Range<Int>) -> [UInt8] {
        text.bytes.withSpan { text in
            if isJSON { return JSONString.decode(text, range) }
            return unsafe text.extracting(range).withUnsafeBufferPointer { unsafe Array($0) }
        }
    }
}

/// The reason why a body has no members.
public enum JSONBodyError: Error, Equatable {
    /// The text is not JSON, or not JSON that is accepted.
    case malformed(JSONError)
    /// The value is not an object.
    case notAnObject
}
