import Cryptography
import Identity

/// A value that a parameter of a statement can stand for.
protocol SQLValue {
    /// The value as the store keeps it.
    var argument: SQLArgument { get }
}

/// A value in one of the types that every engine has.
enum SQLArgument: Equatable {
    case null
    case integer(Int64)
    case text(String)
    case bytes([UInt8])
}

extension SQLArgument: SQLValue {
    var argument: SQLArgument { self }
}

extension Int64: SQLValue {
    var argument: SQLArgument { .integer(self) }
}

extension Int: SQLValue {
    var argument: SQLArgument { .integer(Int64(self)) }
}

extension Bool: SQLValue {
    var argument: SQLArgument { .integer(self ? 1 : 0) }
}

extension String: SQLValue {
    var argument: SQLArgument { .text(self) }
}

extension String {
    /// The text to look for: U+0000, which PostgreSQL takes in no text, becomes U+0001. Nothing that is looked for by a
    /// text from outside has either, so it is not found, and never an error of the engine.
    var sought: String {
        guard utf8.contains(0) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0 == "\0" ? "\u{1}" : $0 }))
    }
}

extension SQLArgument {
    /// The value to look for (`String.sought`).
    var sought: SQLArgument {
        if case .text(let text) = self { .text(text.sought) } else { self }
    }
}

extension [UInt8]: SQLValue {
    var argument: SQLArgument { .bytes(self) }
}

extension Optional: SQLValue where Wrapped: SQLValue {
    var argument: SQLArgument { map(\.argument) ?? .null }
}

// Identifiers are their 64 random bits, moments are seconds since 1970, roles are the bits of `RoleSet`.

extension Identifier: SQLValue {
    /// The bits as a signed integer, which every engine has.
    var column: Int64 { Int64(bitPattern: rawValue) }
    var argument: SQLArgument { .integer(column) }

    init(column: Int64) {
        self.init(rawValue: UInt64(bitPattern: column))
    }
}

extension Timestamp: SQLValue {
    var argument: SQLArgument { .integer(secondsSince1970) }
}

extension RoleSet: SQLValue {
    var argument: SQLArgument { .integer(Int64(rawValue)) }
}

extension Role: SQLValue {
    var argument: SQLArgument { .integer(Int64(bit)) }
}

extension AuthenticationMethods: SQLValue {
    var argument: SQLArgument { .integer(Int64(rawValue)) }
}

extension SecondFactorPolicy: SQLValue {
    var argument: SQLArgument { .integer(number) }
}

extension ScopeSet: SQLValue {
    var argument: SQLArgument { .text(names.joined(separator: " ")) }
}

extension TokenHash: SQLValue {
    var argument: SQLArgument { .bytes(bytes) }
}

extension ThrottleKey: SQLValue {
    var argument: SQLArgument { .bytes(bytes) }
}

extension KeyID: SQLValue {
    var argument: SQLArgument { .integer(Int64(bitPattern: rawValue)) }

    init(column: Int64) {
        self.init(rawValue: UInt64(bitPattern: column))
    }
}

extension EmailPattern: SQLValue {
    var argument: SQLArgument { .text(text) }
}

extension Account.State: SQLValue {
    var argument: SQLArgument { .text(rawValue) }
}
