import Identity
import JSON

/// Schemas in the language of OpenAPI 3.1, which is JSON Schema of the draft 2020-12.
enum Schema {
    /// What stands in a request: other members are ignored, and null is the same as nothing.
    static func form(_ members: [(String, JSONValue)], required: [String] = []) -> JSONValue {
        object(members, required: required)
    }

    /// What stands in an answer: these members and no others, of which some may be missing.
    static func answer(_ members: [(String, JSONValue)], optional: [(String, JSONValue)] = []) -> JSONValue {
        object(members + optional, required: members.map(\.0)).with([("additionalProperties", false)])
    }

    private static func object(_ members: [(String, JSONValue)], required: [String]) -> JSONValue {
        let schema: JSONValue = ["type": "object", "properties": .members(members)]
        return required.isEmpty ? schema : schema.with([("required", .strings(required))])
    }

    /// The schema of this name among the components.
    static func named(_ name: String) -> JSONValue { ["$ref": .string("#/components/schemas/\(name)")] }

    static func array(of items: JSONValue, most: Int? = nil) -> JSONValue {
        let schema: JSONValue = ["type": "array", "items": items]
        return most.map { schema.with([("maxItems", .number($0))]) } ?? schema
    }

    static func text(_ description: String = "") -> JSONValue { described(["type": "string"], description) }

    static func text(orNull description: String) -> JSONValue {
        described(["type": ["string", "null"]], description)
    }

    static func bool(_ description: String) -> JSONValue { described(["type": "boolean"], description) }

    static func integer(_ description: String) -> JSONValue {
        described(["type": "integer", "minimum": 0], description)
    }

    static func choice(_ names: [String], _ description: String = "") -> JSONValue {
        described(["type": "string", "enum": .strings(names)], description)
    }

    /// The same, or null.
    static func orNull(_ schema: JSONValue) -> JSONValue { ["anyOf": [schema, ["type": "null"]]] }

    static func described(_ schema: JSONValue, _ description: String) -> JSONValue {
        description.isEmpty ? schema : schema.with([("description", .string(description))])
    }

    /// An identifier.
    static func identifier<Entity: Identified>(_: Entity.Type, _ description: String = "") -> JSONValue {
        described(
            ["type": "string", "pattern": .string("^\(Entity.identifierPrefix)[0-9a-f]{16}$")], description)
    }

    /// A moment in UTC, to the second.
    static let timestamp: JSONValue = [
        "type": "string", "pattern": #"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"#,
    ]

    /// A moment that somebody sends.
    static let anyMoment: JSONValue = [
        "type": "string", "format": "date-time",
        "description": """
        A moment as RFC 3339 has it, such as `2027-01-31T00:00:00Z` or `2027-01-31T01:00:00.5+01:00`; fractions of a \
        second count for nothing.
        """,
    ]

    /// A name: at most 256 characters, none of them a control character, a line separator or a bidirectional control.
    static func name(_ description: String, isRequired: Bool = false) -> JSONValue {
        let control = #"\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"#
        return [
            "type": isRequired ? "string" : ["string", "null"], "maxLength": .number(InputFault.maximumNameLength),
            "pattern": .string(isRequired ? "^[^\(control)]*[^\\s\(control)][^\(control)]*$" : "^[^\(control)]*$"),
            "description": .string(description),
        ]
    }

    /// A new password.
    static func newPassword(minimumLength: Int, orNull: Bool = false) -> JSONValue {
        [
            "type": orNull ? ["string", "null"] : "string", "minLength": .number(minimumLength),
            "maxLength": .number(PasswordPolicy.maximumLength), "pattern": #"^[^\u0000]*$"#, "format": "password",
            "description": """
            Compared in Normalization Form C, and never cut or trimmed. Not the email address, and none of the most \
            common ones.
            """,
        ]
    }

    static let roles = Role.allCases.map(\.rawValue)
    static let rolesInOrganization = Role.allCases.filter { !$0.isInstallationWide }.map(\.rawValue)
    static let scopes = Scope.allCases.map(\.rawValue)
    static let states = [Account.State.active, .inactive].map(\.rawValue)
}
