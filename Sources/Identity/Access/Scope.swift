/// A right of an API token.
public enum Scope: String, CaseIterable, Sendable {
    /// Register accounts, which reveals the existing ones.
    case register
    /// Log people in and out, and verify their sessions.
    case login
    /// Read accounts and users.
    case accountsRead = "accounts:read"
    /// Create, change and erase accounts and users.
    case accountsWrite = "accounts:write"
    /// Manage the account's own API tokens.
    case tokens
    /// Change the organization.
    case organizations
    /// Read the audit log.
    case auditRead = "audit:read"
    /// Name the client address of a request.
    case clientAddress = "client-address"
    /// All scopes.
    case admin
}

/// A set of scopes.
///
/// ```swift
/// ScopeSet(names: "tokens accounts:read").grants(.accountsRead)   // true
/// ```
public struct ScopeSet: Hashable, Sendable {
    /// A bit for each scope.
    private let bits: UInt16

    /// Creates a set of scopes.
    public init(_ scopes: some Sequence<Scope>) {
        bits = scopes.reduce(0) { $0 | $1.bit }
    }

    /// Reads stored names separated by spaces. Unknown names are ignored.
    public init(names: String) {
        var bits: UInt16 = 0
        var rest = Substring(names).utf8
        while !rest.isEmpty {
            let name = rest.prefix { $0 != UInt8(ascii: " ") }
            if let scope = Scope(rawValue: String(decoding: name, as: UTF8.self)) { bits |= scope.bit }
            rest = rest[name.endIndex...].dropFirst()
        }
        self.bits = bits
    }

    /// The scopes, in the order of `Scope`.
    public var scopes: [Scope] { Scope.allCases.filter { bits & $0.bit != 0 } }

    /// The names of the scopes.
    public var names: [String] { scopes.map(\.rawValue) }

    /// True if the set contains `scope`, or `admin`, which implies every other.
    public func grants(_ scope: Scope) -> Bool {
        bits & (scope.bit | Scope.admin.bit) != 0
    }
}

extension Scope {
    fileprivate var bit: UInt16 {
        switch self {
        case .register: 1 << 0
        case .login: 1 << 1
        case .accountsRead: 1 << 2
        case .accountsWrite: 1 << 3
        case .tokens: 1 << 4
        case .organizations: 1 << 5
        case .auditRead: 1 << 6
        case .clientAddress: 1 << 7
        case .admin: 1 << 8
        }
    }
}
