import Identity
import JSON

/// The JSON form of a value: the members of an object, each with its name, its example, its schema and its writer, so
/// that answer and description can't differ.
///
///     static let shape = Shape<Organization>("Organization") {
///         Member("id", "org_2f3a9d1c7b5e4a8f") { $0.id }
///         Member("display_name", .null, "The name for people; null for `name`.") { $0.displayName }
///     }
struct Shape<Value>: Sendable {
    /// The name of the schema among the components; `nil` for one that is written out at each use.
    let name: String?
    let members: [Member<Value>]

    init(_ name: String? = nil, @MemberList<Value> _ members: () -> [Member<Value>]) {
        self.name = name
        self.members = members()
    }

    /// The schema, spelled out.
    ///
    /// - Parameter others: members that stand before its own.
    func definition(after others: [(String, Schema)] = []) -> Schema {
        .object(
            others + members.map { ($0.name, $0.schema()) },
            required: others.map(\.0) + members.filter { !$0.isOptional }.map(\.name))
    }

    /// A reference to the schema among the components, or the definition if it has no name.
    var schema: Schema { name.map { .component($0) } ?? definition() }

    /// An object of the examples of its members.
    var example: JSONValue { .members(members.filter { !$0.isOptional }.map { ($0.name, $0.example()) }) }

    /// The example, with another value for one of the members.
    func example(with name: String, _ value: JSONValue) -> JSONValue {
        .members(members.map { ($0.name, $0.name == name ? value : $0.example()) })
    }

    func write(_ value: Value, to writer: inout JSONWriter) {
        writer.beginObject()
        writeMembers(of: value, to: &writer)
        writer.endObject()
    }

    /// Writes the members into an object that has begun.
    func writeMembers(of value: Value, to writer: inout JSONWriter) {
        for member in members { member.write(value, &writer) }
    }
}

/// One member of a `Shape`.
struct Member<Value>: Sendable {
    let name: String
    /// True if some answers do without it.
    let isOptional: Bool
    // Made when the document is: a process that answers one request only has no use for either.
    let schema: @Sendable () -> Schema
    let components: @Sendable () -> [(String, Schema)]
    let example: @Sendable () -> JSONValue
    fileprivate let write: @Sendable (Value, inout JSONWriter) -> Void

    /// Describes a member that is always there.
    ///
    /// - Parameters:
    ///   - schema: the schema; `nil` for that of the type.
    ///   - read: finds the member's value.
    init<Content: JSONForm>(
        _ name: String, _ example: @autoclosure @escaping @Sendable () -> JSONValue, _ description: String = "",
        schema: @autoclosure @escaping @Sendable () -> Schema? = nil,
        read: @escaping @Sendable (Value) -> Content
    ) {
        let key = JSONKey(name)
        self.name = name
        isOptional = false
        self.schema = { (schema() ?? Content.schema).described(description) }
        components = { Content.components }
        self.example = example
        write = { value, writer in
            writer.key(key)
            read(value).write(to: &writer)
        }
    }

    /// Describes a member that is left out if it is `nil`.
    init<Content: JSONForm>(
        optional name: String, _ description: String,
        schema: @autoclosure @escaping @Sendable () -> Schema? = nil,
        read: @escaping @Sendable (Value) -> Content?
    ) {
        let key = JSONKey(name)
        self.name = name
        isOptional = true
        self.schema = { (schema() ?? Content.schema).described(description) }
        components = { Content.components }
        example = { .null }
        write = { value, writer in
            guard let content = read(value) else { return }
            writer.key(key)
            content.write(to: &writer)
        }
    }
}

extension Member {
    private init(
        like other: Member<some Any>, write: @escaping @Sendable (Value, inout JSONWriter) -> Void
    ) {
        self.name = other.name
        self.isOptional = other.isOptional
        schema = other.schema
        components = other.components
        example = other.example
        self.write = write
    }

    /// The same member of a value that has this one inside.
    func of<Outer>(_ read: @escaping @Sendable (Outer) -> Value) -> Member<Outer> {
        let write = write
        return Member<Outer>(like: self) { value, writer in write(read(value), &writer) }
    }
}

/// Takes the members of a `Shape` one a line: the compiler infers each alone, which in a literal takes it far longer.
@resultBuilder
enum MemberList<Value> {
    static func buildExpression(_ member: Member<Value>) -> [Member<Value>] { [member] }
    static func buildExpression(_ members: [Member<Value>]) -> [Member<Value>] { members }
    static func buildBlock(_ members: [Member<Value>]...) -> [Member<Value>] { members.flatMap(\.self) }
}

/// The identifiers in the document's examples, which belong together. The account is the one of the reference, letter
/// by letter.
enum Example {
    static let account: JSONValue = "acct_6c8a1f3b2d4e5f7a"
    static let user: JSONValue = "user_4b7c2a1d9e5f3c8b"
    static let organization: JSONValue = "org_2f3a9d1c7b5e4a8f"
    static let session: JSONValue = "sess_9d1c7b5e4a8f2f3a"
    static let apiToken: JSONValue = "tok_5e4a8f2f3a9d1c7b"
    static let factor: JSONValue = "fac_7b5e4a8f2f3a9d1c"
    static let email: JSONValue = "sasha@auroralabs.com"
    static let moment: JSONValue = "2026-02-08T14:12:45Z"
    static let roles: JSONValue = ["AppAdmin"]
    static let requestID: JSONValue = "req_0a1b2c3d4e5f6071"
}
