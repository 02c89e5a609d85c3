import HTTP
import Identity
import JSON

/// A member of a body as the document describes it.
protocol DescribedField: Sendable {
    /// The name; a member of an object inside stands behind a slash: `user_info/name`.
    var name: String { get }
    var isRequired: Bool { get }
    var example: JSONValue? { get }
    func schema(_ policy: PasswordPolicy) -> Schema
}

/// A member of a body, read into a value. One that is missing or null is `nil`, since both mean the same in a request.
struct Field<Value: FieldValue>: DescribedField {
    let name: String
    let isRequired: Bool
    let example: JSONValue?
    private let makesSchema: @Sendable (PasswordPolicy) -> Schema

    /// Describes a member.
    ///
    /// - Parameter example: the value in the example of the body; `nil` to leave it out there.
    init(
        _ name: String, _ schema: @autoclosure @escaping @Sendable () -> Schema, _ description: String = "",
        example: JSONValue? = nil, isRequired: Bool = false
    ) {
        self.name = name
        self.isRequired = isRequired
        self.example = example
        makesSchema = { _ in (isRequired ? schema() : schema().orNull).described(description) }
    }

    /// Describes a new password.
    init(newPassword name: String, example: JSONValue? = nil, isRequired: Bool = false) where Value == Password {
        self.name = name
        self.isRequired = isRequired
        self.example = example
        makesSchema = { policy in
            let schema = Schema.string(
                format: "password", pattern: #"^[^\u0000]*$"#, minLength: policy.minimumLength,
                maxLength: PasswordPolicy.maximumLength)
            return (isRequired ? schema : schema.orNull).described(
                """
                Compared in Normalization Form C, and never cut or trimmed. Not the email address, and none of the most \
                common ones.
                """)
        }
    }

    func schema(_ policy: PasswordPolicy) -> Schema { makesSchema(policy) }
}

/// A value that a member of a body can be read into.
protocol FieldValue: Sendable {
    static func read(_ name: String, from fields: inout Fields) -> Self?
}

extension String: FieldValue {
    static func read(_ name: String, from fields: inout Fields) -> String? { fields.string(name) }
}

/// A text that null takes away, where a text that is missing stays.
extension Optional: FieldValue where Wrapped == String {
    static func read(_ name: String, from fields: inout Fields) -> String?? { fields.nullableString(name) }
}

extension Bool: FieldValue {
    static func read(_ name: String, from fields: inout Fields) -> Bool? { fields.bool(name) }
}

extension Password: FieldValue {
    /// Reads a password, of which no copy stays behind.
    static func read(_ name: String, from fields: inout Fields) -> Password? {
        fields.utf8(name).map { Password(utf8: $0) }
    }
}

extension Identifier: FieldValue {
    static func read(_ name: String, from fields: inout Fields) -> Identifier? {
        fields.value(name, InputFault(name, .invalidFormat, formDetail)) { Identifier($0) }
    }
}

/// Texts, of which one that is wrong already is `nil` and keeps the places of the others.
extension Array: FieldValue where Element == String? {
    static func read(_ name: String, from fields: inout Fields) -> [String?]? { fields.strings(name) }
}

/// The JSON object that an endpoint takes.
struct Body: Sendable {
    /// The name of its schema among the components.
    let name: String
    let fields: [any DescribedField]
    /// Members that come together only: those that one of them needs, by its name.
    let dependencies: [(String, [String])]
    /// The names of members that the thing to be changed has.
    private let members: [String]

    /// Describes the body of a request that makes something, in which other members count for nothing.
    init(_ name: String, _ fields: [any DescribedField]) {
        self.name = name
        self.fields = fields
        dependencies = []
        members = []
    }

    /// Describes the body of a request that changes something, which refuses the members of that thing that it can't
    /// change: whoever sends them would believe them changed.
    ///
    /// - Parameter hidden: the members that the thing has but does not show.
    init<Thing>(
        _ name: String, changes shape: Shape<Thing>, hidden: [String] = [], _ fields: [any DescribedField],
        dependencies: [(String, [String])] = []
    ) {
        self.name = name
        self.fields = fields
        self.dependencies = dependencies
        members = shape.members.map(\.name) + hidden
    }

    /// The names of the members that it refuses, in the objects inside too.
    var unchangeable: [String] {
        let taken = fields.map(\.name)
        let objects = [""] + nested.map { "\($0.0)/" }
        return objects.flatMap { object in members.map { object + $0 } }.filter { name in
            !taken.contains { $0 == name || $0.hasPrefix("\(name)/") }
        }
    }

    func schema(_ policy: PasswordPolicy) -> Schema {
        var properties: [(String, Schema)] = []
        for field in fields where field.parent == nil { properties.append((field.name, field.schema(policy))) }
        for (parent, inner) in nested {
            properties.append((parent, .object(inner.map { ($0.ownName, $0.schema(policy)) }).orNull))
        }
        let schema = Schema.object(properties, required: fields.filter(\.isRequired).map(\.name))
        guard !dependencies.isEmpty else { return schema }
        return schema.with("dependentRequired", .members(dependencies.map { ($0, .strings($1)) }))
    }

    var example: JSONValue {
        func members(_ fields: [any DescribedField]) -> [(String, JSONValue)] {
            fields.compactMap { field in field.example.map { (field.ownName, $0) } }
        }
        return .members(
            members(fields.filter { $0.parent == nil }) + nested.map { ($0, .members(members($1))) })
    }

    /// The fields of objects inside, by the object.
    private var nested: [(String, [any DescribedField])] {
        let parents = fields.compactMap(\.parent)
        return Set(parents).sorted().map { parent in (parent, fields.filter { $0.parent == parent }) }
    }
}

extension DescribedField {
    /// The object inside in which it stands; `nil` for the body itself.
    fileprivate var parent: String? {
        name.utf8.firstIndex(of: UInt8(ascii: "/")).map { String(name[..<$0]) }
    }

    /// The name in that object.
    fileprivate var ownName: String { parent.map { String(name.dropFirst($0.count + 1)) } ?? name }
}
