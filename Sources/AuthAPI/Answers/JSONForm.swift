import HTTP
import HTTPTypes
import Identity
import JSON

/// A value that has a JSON form.
protocol JSONForm: SendableMetatype {
    /// The schema of the form, or a reference to it among the components.
    static var schema: Schema { get }
    /// The schemas among the components that the form needs, by name.
    static var components: [(String, Schema)] { get }

    func write(to writer: inout JSONWriter)
}

extension JSONForm {
    static var components: [(String, Schema)] { [] }

    /// The form as a text of its own.
    var written: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }
}

/// A value whose JSON form is an object.
protocol Shaped: Answerable {
    static var shape: Shape<Self> { get }
}

extension Shaped {
    static var schema: Schema { shape.schema }

    static var components: [(String, Schema)] {
        let own = shape.name.map { [($0, shape.definition())] } ?? []
        return own + shape.members.flatMap { $0.components() }
    }

    func write(to writer: inout JSONWriter) { Self.shape.write(self, to: &writer) }

    /// The value as the API shows it.
    var jsonValue: JSONValue { .written(written) }
}

extension Response {
    /// An answer with a JSON body.
    init(_ value: some JSONForm, status: HTTPResponse.Status = .ok) {
        self.init(json: value.written, status: status)
    }

    /// An answer with a body that is JSON already.
    init(json: [UInt8], status: HTTPResponse.Status = .ok) {
        self.init(status: status, headerFields: [.contentType: "application/json"], body: json)
    }
}

extension String: JSONForm {
    static var schema: Schema { .string }
    func write(to writer: inout JSONWriter) { writer.string(self) }
}

extension Bool: JSONForm {
    static var schema: Schema { .boolean }
    func write(to writer: inout JSONWriter) { writer.bool(self) }
}

extension Int: JSONForm {
    static var schema: Schema { .count }
    func write(to writer: inout JSONWriter) { writer.number(self) }
}

extension Optional: JSONForm where Wrapped: JSONForm {
    static var schema: Schema { Wrapped.schema.orNull }
    static var components: [(String, Schema)] { Wrapped.components }

    func write(to writer: inout JSONWriter) {
        if let self { self.write(to: &writer) } else { writer.null() }
    }
}

extension Array: JSONForm where Element: JSONForm {
    static var schema: Schema { .array(of: Element.schema) }
    static var components: [(String, Schema)] { Element.components }

    func write(to writer: inout JSONWriter) {
        writer.beginArray()
        for element in self { element.write(to: &writer) }
        writer.endArray()
    }
}

extension Dictionary: JSONForm where Key == String, Value == String {
    static var schema: Schema { .object().with("additionalProperties", Schema.string.json) }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        for (name, value) in sorted(by: { $0.key < $1.key }) {
            writer.key(JSONKey(name))
            writer.string(value)
        }
        writer.endObject()
    }
}

extension Timestamp: JSONForm {
    static var schema: Schema { .moment }
    func write(to writer: inout JSONWriter) { writer.string(description) }
}

extension Identifier: JSONForm {
    static var schema: Schema { .identifier(of: Entity.self) }
    func write(to writer: inout JSONWriter) { writer.string(description) }
}

extension TokenHash: JSONForm {
    static var schema: Schema { .tokenHash }
    func write(to writer: inout JSONWriter) { writer.string(description) }
}

extension JSONForm where Self: RawRepresentable & CaseIterable, RawValue == String {
    static var schema: Schema { .choice(Self.self) }
    func write(to writer: inout JSONWriter) { writer.string(rawValue) }
}

extension Role: JSONForm {}
extension Scope: JSONForm {}
extension Account.State: JSONForm {}
extension AuditEvent.Kind: JSONForm {}

extension RoleSet: JSONForm {
    static var schema: Schema { .array(of: Role.schema) }
    func write(to writer: inout JSONWriter) {
        writer.beginArray()
        for role in Role.allCases where contains(RoleSet(rawValue: role.bit)) { writer.string(role.rawValue) }
        writer.endArray()
    }
}

extension ScopeSet: JSONForm {
    static var schema: Schema { .array(of: Scope.schema) }
    func write(to writer: inout JSONWriter) { scopes.write(to: &writer) }
}
