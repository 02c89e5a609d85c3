import HTTP
import Identity
import JSON

/// A schema of OpenAPI 3.1, which is JSON Schema of the draft 2020-12: keywords in the order in which they are written,
/// each once.
struct Schema: Sendable {
    private var keywords: [(name: String, value: JSONValue)] = []

    private init() {}

    private init(type: String) { self["type"] = .string(type) }

    /// The value of a keyword; `nil` if the schema does not have it.
    subscript(keyword: String) -> JSONValue? {
        get { keywords.first { $0.name == keyword }?.value }
        set {
            let place = keywords.firstIndex { $0.name == keyword }
            switch (place, newValue) {
            case (let place?, let value?): keywords[place].value = value
            case (let place?, nil): keywords.remove(at: place)
            case (nil, let value?): keywords.append((keyword, value))
            case (nil, nil): break
            }
        }
    }

    /// The schema as JSON.
    var json: JSONValue { .members(keywords) }

    // MARK: Kinds of values

    static let string = Schema(type: "string")
    static let boolean = Schema(type: "boolean")
    /// A number of things.
    static let count = integer(minimum: 0)
    /// A moment as RFC 3339 writes it.
    static let moment = string(format: "date-time")
    /// A moment that a client sends.
    static let anyMoment = moment.described(
        """
        A moment as RFC 3339 has it, such as `2027-01-31T00:00:00Z` or `2027-01-31T01:00:00.5+01:00`; fractions of a \
        second count for nothing.
        """)
    /// The SHA-256 of a token.
    static let tokenHash = string(pattern: "^[0-9a-f]{64}$")
    static let email = string(format: "email")

    static func string(
        format: String? = nil, pattern: String? = nil, minLength: Int? = nil, maxLength: Int? = nil
    ) -> Schema {
        string.with("format", format.map { .string($0) }).with("minLength", minLength.map { .number($0) })
            .with("maxLength", maxLength.map { .number($0) }).with("pattern", pattern.map { .string($0) })
    }

    static func integer(minimum: Int, maximum: Int? = nil) -> Schema {
        Schema(type: "integer").with("minimum", .number(minimum)).with("maximum", maximum.map { .number($0) })
    }

    /// One text only.
    static func constant(_ text: String) -> Schema { string.with("const", .string(text)) }

    /// One of some texts.
    static func choice(_ names: [String]) -> Schema { string.with("enum", .strings(names)) }

    /// The name of a case.
    static func choice<Choice: RawRepresentable & CaseIterable>(_: Choice.Type) -> Schema
    where Choice.RawValue == String {
        choice(Choice.allCases.map(\.rawValue))
    }

    /// A role that users hold in an organization.
    static let roleInOrganization = choice(Role.allCases.filter { !$0.isInstallationWide }.map(\.rawValue))

    /// Names of roles to grant.
    static let someRoles = array(of: Role.schema, atMost: Fields.maximumItems)

    static func array(of items: Schema, atMost: Int? = nil) -> Schema {
        Schema(type: "array").with("items", items.json).with("maxItems", atMost.map { .number($0) })
    }

    static func object(_ properties: [(String, Schema)] = [], required: [String] = []) -> Schema {
        Schema(type: "object")
            .with("properties", properties.isEmpty ? nil : .members(properties.map { ($0, $1.json) }))
            .with("required", required.isEmpty ? nil : .strings(required))
    }

    /// The schema of this name among the components.
    static func component(_ name: String) -> Schema {
        Schema().with("$ref", .string("#/components/schemas/\(name)"))
    }

    static func identifier<Entity: Identified>(of _: Entity.Type) -> Schema {
        string(pattern: "^\(Entity.identifierPrefix)[0-9a-f]{16}$")
    }

    /// A name of 256 characters at most, none of them a control character, a line separator or a bidirectional control.
    ///
    /// - Parameter mayBeBlank: `false` if at least one character must not be white space.
    static func name(mayBeBlank: Bool) -> Schema {
        let control = #"\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"#
        return string(
            pattern: mayBeBlank ? "^[^\(control)]*$" : "^[^\(control)]*[^\\s\(control)][^\(control)]*$",
            maxLength: InputFault.maximumNameLength)
    }

    // MARK: Changes

    /// The same schema with another keyword; unchanged if the value is `nil`.
    func with(_ keyword: String, _ value: JSONValue?) -> Schema {
        guard let value else { return self }
        var schema = self
        schema[keyword] = value
        return schema
    }

    /// The same schema with a description, if there is one.
    func described(_ text: String) -> Schema { with("description", text.isEmpty ? nil : .string(text)) }

    /// The same, or null.
    var orNull: Schema {
        guard let type = self["type"] else { return Schema().with("anyOf", [json, ["type": "null"]]) }
        let schema = with("type", .array([type, "null"]))
        guard case .array(let names)? = self["enum"] else { return schema }
        return schema.with("enum", .array(names + [.null]))
    }
}
