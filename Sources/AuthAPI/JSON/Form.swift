import HTTP
import Identity
import JSON

/// The members of a JSON object that a client sent. What has another type than asked for is noted, and reading goes on,
/// so that every fault can be told at once. A member of an object inside is named with a slash: `user_info/name`.
struct Form: Sendable {
    /// Every fault so far: of the members that were read, and of those that the request can't change.
    var faults: [InputFault] {
        noted
            + unchangeable.filter(has).map { InputFault($0, .notChangeable, "This can't be changed here.") }
    }

    private var noted: [InputFault] = []
    private let text: RequestBody
    private let members: [[UInt8]: JSONParser.Node]
    private let unchangeable: [String]

    /// Why there are no members.
    enum Fault: Error, Equatable {
        case malformed(JSONParser.Fault)
        case notAnObject
    }

    /// Reads the body of a request.
    ///
    /// - Throws: the problem, where it is malformed or no object.
    init(_ text: RequestBody, as body: Body) throws(Problem) {
        do throws(Fault) {
            try self.init(text: text, unchangeable: body.unchangeable)
        } catch .malformed(let fault) {
            throw Problem.malformedJSON(fault)
        } catch {
            throw Problem.invalidInput([InputFault("", .wrongType, "The body must be a JSON object.")])
        }
    }

    /// Reads a text.
    ///
    /// - Parameter unchangeable: the names of members that are a fault.
    init(text: RequestBody, unchangeable: [String] = []) throws(Fault) {
        let node: JSONParser.Node
        do throws(JSONParser.Fault) {
            node = try text.withSpan { text throws(JSONParser.Fault) in try JSONParser.parse(text) }
        } catch {
            throw .malformed(error)
        }
        guard case .object(let members) = node else { throw .notAnObject }
        self.text = text
        self.members = members
        self.unchangeable = unchangeable
    }

    /// The value of a member; `nil` where it is missing, null or wrong.
    subscript<Value>(field: Field<Value>) -> Value? {
        mutating get { Value.read(field.name, from: &self) }
    }

    /// A string; `nil` where it is missing, null or of another type.
    mutating func string(_ name: String) -> String? {
        utf8(name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// A password, of which no copy stays behind; `nil` where it is missing, null or of another type.
    mutating func password(_ name: String) -> Password? {
        utf8(name).map { Password(utf8: $0) }
    }

    /// An identifier; `nil` where it is missing, null or none.
    mutating func identifier<Entity>(_ name: String, of _: Entity.Type) -> Identifier<Entity>? {
        guard let text = string(name) else { return nil }
        let identifier = Identifier<Entity>(text)
        if identifier == nil { note(name, .invalidFormat, Identifier<Entity>.formDetail) }
        return identifier
    }

    /// A string that can be taken away by null. The outer `nil` stands for a member that is missing or of another type.
    mutating func nullableString(_ name: String) -> String?? {
        if case .null = node(name) { return .some(nil) }
        return string(name).map { .some($0) }
    }

    /// A truth value; `nil` where it is missing, null or of another type.
    mutating func bool(_ name: String) -> Bool? {
        switch node(name) {
        case nil, .null: return nil
        case .bool(let value): return value
        default:
            note(name, .wrongType, "This must be true or false.")
            return nil
        }
    }

    /// The most items that an array may have.
    static let maximumItems = 32

    /// An array of strings, `nil` for an item of another type; `nil` where it is missing, null or of another type.
    mutating func strings(_ name: String) -> [String?]? {
        switch node(name) {
        case .array(let nodes) where nodes.count > Self.maximumItems:
            note(name, .tooLong, "This has at most \(Self.maximumItems) items.")
            return nil
        case nil, .null: return nil
        case .array(let nodes):
            var texts: [String?] = []
            for (index, node) in nodes.enumerated() {
                if case .string(let range) = node {
                    texts.append(String(decoding: decode(range), as: UTF8.self))
                } else {
                    texts.append(nil)
                    note("\(name)/\(index)", .wrongType, "This must be a string.")
                }
            }
            return texts
        default:
            note(name, .wrongType, "This must be an array of strings.")
            return nil
        }
    }

    private func has(_ name: String) -> Bool {
        let names = name.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
        if names.count == 1 { return members[names[0]] != nil }
        guard case .object(let inner) = members[names[0]] else { return false }
        return inner[names[1]] != nil
    }

    private mutating func utf8(_ name: String) -> [UInt8]? {
        switch node(name) {
        case nil, .null: return nil
        case .string(let range): return decode(range)
        default:
            note(name, .wrongType, "This must be a string.")
            return nil
        }
    }

    /// What stands under a name; a slash leads into an object. `nil` where there is nothing.
    private mutating func node(_ name: String) -> JSONParser.Node? {
        var members = members
        let names = name.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
        for (index, outer) in names.dropLast().enumerated() {
            switch members[outer] {
            case .object(let inner): members = inner
            case nil, .null: return nil
            default:
                let path = names[...index].map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
                note(path, .wrongType, "This must be an object.")
                return nil
            }
        }
        return names.last.flatMap { members[$0] }
    }

    private mutating func note(_ name: String, _ code: InputFault.Code, _ detail: String) {
        let fault = InputFault(name, code, detail)
        if !noted.contains(fault) { noted.append(fault) }
    }

    private func decode(_ range: Range<Int>) -> [UInt8] {
        text.withSpan { JSONString.decode($0, range) }
    }
}
