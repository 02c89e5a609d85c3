/// Changes to an API token. `nil` leaves a property as it is.
///
///     let token = try service.updateAPIToken(id, APITokenUpdate(scopes: [.login]))
public struct APITokenUpdate: Sendable, Equatable {
    /// The new name.
    public let name: String?
    /// The new scopes.
    public let scopes: ScopeSet?
    /// The new highest role of its account that counts.
    public let roleCeiling: Role?

    /// Checks the name.
    ///
    /// - Throws: `AuthenticationError.invalidInput` with every fault.
    public init(name: String? = nil, scopes: [Scope]? = nil, roleCeiling: Role? = nil) throws(AuthenticationError) {
        var faults: [InputFault] = []
        self.name = name.flatMap { InputFault.requiredName($0, "name", &faults) }
        guard faults.isEmpty else { throw .invalidInput(faults) }
        self.scopes = scopes.map { ScopeSet($0) }
        self.roleCeiling = roleCeiling
    }

    /// Applies the changes.
    ///
    /// - Returns: the details of the audit log's entry: the names of the changed members, with the new scopes and ceiling.
    func apply(to token: inout APIToken) -> [String: String] {
        var details: [String: String] = [:]
        var names: [String] = []
        if let name, name != token.name {
            names.append("name")
            token.name = name
        }
        if let scopes, scopes != token.scopes {
            names.append("scopes")
            details["scopes"] = scopes.names.joined(separator: " ")
            token.scopes = scopes
        }
        if let roleCeiling, roleCeiling != token.roleCeiling {
            names.append("role_ceiling")
            details["role_ceiling"] = roleCeiling.rawValue
            token.roleCeiling = roleCeiling
        }
        if !names.isEmpty { details["changed"] = names.joined(separator: " ") }
        return details
    }
}
