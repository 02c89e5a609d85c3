/// What an API token may be used for.
public enum Scope: String, CaseIterable, Sendable {
    /// Register accounts, and so learn which exist.
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
    /// Say for which client address a request is made.
    case clientAddress = "client-address"
    /// All of them.
    case admin
}

/// A set of scopes, in the order of `Scope`.
public struct ScopeSet: Hashable, Sendable {
    private let members: Set<Scope>

    /// Makes a set of these scopes.
    public init(_ scopes: some Sequence<Scope>) {
        members = Set(scopes)
    }

    /// Reads names separated by spaces, as the store keeps them; unknown names count for nothing.
    public init(names: String) {
        self.init(names.split(separator: " ").compactMap { Scope(rawValue: String($0)) })
    }

    /// The scopes, in the order of `Scope`.
    public var scopes: [Scope] { Scope.allCases.filter(members.contains) }

    /// The names of the scopes.
    public var names: [String] { scopes.map(\.rawValue) }

    /// Whether `scope` is granted: it, or `admin`, which implies every other, is in the set.
    public func grants(_ scope: Scope) -> Bool {
        members.contains(scope) || members.contains(.admin)
    }
}
