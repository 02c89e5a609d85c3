import Identity
import JSON

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
    /// change: a client that sends them would believe them changed.
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
