import Gateway
import Identity

/// The members of a JSON object that a client sent. What has another type than asked for is noted, and reading goes on,
/// so that every fault can be told at once. A member of an object inside is named with a slash: `user_info/name`.
struct Form: Sendable {
    /// What was found wrong so far.
    private(set) var faults: [InputFault] = []

    private let body: RequestBody
    private let members: [[UInt8]: JSONParser.Node]
    /// The names that were asked for.
    private var taken: Set<String> = []

    /// Why there are no members.
    enum Fault: Error, Equatable {
        case malformed(JSONParser.Fault)
        case notAnObject
    }

    /// Reads the body of a request.
    ///
    /// - Throws: the problem, where it is malformed or no object.
    init(_ body: RequestBody) throws(Problem) {
        do throws(Fault) {
            try self.init(text: body)
        } catch .malformed(let fault) {
            throw Problem.malformedJSON(fault)
        } catch {
            throw Problem.invalidInput([InputFault("", .wrongType, "The body must be a JSON object.")])
        }
    }

    /// Reads a text.
    init(text: RequestBody) throws(Fault) {
        let node: JSONParser.Node
        do throws(JSONParser.Fault) {
            node = try text.withSpan { text throws(JSONParser.Fault) in try JSONParser.parse(text) }
        } catch {
            throw .malformed(error)
        }
        guard case .object(let members) = node else { throw .notAnObject }
        self.body = text
        self.members = members
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
    private static let maximumItems = 32

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

    /// Notes those members of the thing that is to be changed that nothing has asked for: whoever sends them would
    /// believe them changed. Call it when all that can be changed is read.
    mutating func refuseOthers(of thing: Thing) {
        let objects =
            [""] + Set(taken.compactMap { $0.split(separator: "/").dropLast().first.map { "\($0)/" } }).sorted()
        for object in objects {
            for name in thing.members.map({ object + $0 })
            where !taken.contains(where: { $0 == name || $0.hasPrefix("\(name)/") }) && has(name) {
                note(name, .notChangeable, "This can't be changed here.")
            }
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
        taken.insert(name)
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

    mutating func note(_ name: String, _ code: InputFault.Code, _ detail: String) {
        let fault = InputFault(name, code, detail)
        if !faults.contains(fault) { faults.append(fault) }
    }

    private func decode(_ range: Range<Int>) -> [UInt8] {
        body.withSpan { JSONString.decode($0, range) }
    }
}
