import HTTP
import Identity

/// A value that a text of a request stands for.
protocol InputValue: FieldValue {
    init(input text: String) throws(ValueFault)
}

extension Account.State: InputValue {}
extension AuditEvent.Kind: InputValue {}
extension EmailAddress: InputValue {}
extension EmailPattern: InputValue {}
extension Role: InputValue {}
extension Scope: InputValue {}
extension Timestamp: InputValue {}

extension String: InputValue {
    init(input text: String) { self = text }
}

extension Identifier: InputValue {
    init(input text: String) throws(ValueFault) {
        guard let identifier = Self(text) else {
            throw ValueFault(
                .invalidFormat, "This is not an identifier such as \(Entity.identifierPrefix)6c8a1f3b2d4e5f7a.")
        }
        self = identifier
    }
}

/// A role that users hold in an organization.
struct RoleInOrganization: InputValue {
    let role: Role

    init(input text: String) throws(ValueFault) { role = try Role(inOrganization: text) }
}

/// A value that a member of a body can be read into.
protocol FieldValue: Sendable {
    /// Reads a member; `nil` if it is missing, null or wrong.
    static func read(_ name: String, from fields: inout Fields) -> Self?
}

extension InputValue {
    static func read(_ name: String, from fields: inout Fields) -> Self? {
        fields.value(name) { text throws(ValueFault) in try Self(input: text) }
    }
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

/// A value that null removes; if it is missing, the old one stays.
extension Optional: FieldValue where Wrapped: InputValue {
    static func read(_ name: String, from fields: inout Fields) -> Wrapped?? {
        guard let text = fields.nullableString(name) else { return nil }
        guard let text else { return .some(nil) }
        return fields.value(of: text, name) { text throws(ValueFault) in try Wrapped(input: text) }.map { .some($0) }
    }
}

/// Values of an array of strings, without those that are wrong.
extension Array: FieldValue where Element: InputValue {
    static func read(_ name: String, from fields: inout Fields) -> [Element]? {
        guard let texts = fields.strings(name) else { return nil }
        var values: [Element] = []
        for case (let index, let text?) in texts.enumerated() {
            let value = fields.value(of: text, "\(name)/\(index)") { text throws(ValueFault) in
                try Element(input: text)
            }
            if let value { values.append(value) }
        }
        return values
    }
}
