/// A change of an API token; `nil` stands for what stays.
public struct APITokenUpdate: Sendable, Equatable {
    /// The new name.
    public let name: String?
    /// The new scopes.
    public let scopes: ScopeSet?
    /// The highest role of its account that counts for it.
    public let roleCeiling: Role?

    /// Checks the name.
    ///
    /// - Throws: `AuthenticationError.invalidInput` with every fault.
    public init(name: String?, scopes: [Scope]?, roleCeiling: Role?) throws(AuthenticationError) {
        var faults: [InputFault] = []
        self.name = name.flatMap { InputFault.requiredName($0, "name", &faults) }
        guard faults.isEmpty else { throw .invalidInput(faults) }
        self.scopes = scopes.map { ScopeSet($0) }
        self.roleCeiling = roleCeiling
    }

    /// - Returns: what is changed by it, by name: the new scopes and ceiling with their values, a name without.
    fileprivate func apply(to token: inout APIToken) -> [String: String] {
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

extension AuthenticationService {
    /// Changes an API token for an operator, who may give every scope and ceiling. It counts from the next request on.
    ///
    /// - Throws: `.notFound`, `.store`, `.cryptography`.
    public func updateAPIToken(
        _ id: Identifier<APIToken>, _ update: APITokenUpdate
    ) throws(AuthenticationError) -> APIToken {
        try AuthenticationError.wrapping {
            var present: APIToken?
            let changed = try store.changeAPIToken(id) { old in
                present = old
                var token = old
                let details = update.apply(to: &token)
                guard !details.isEmpty else { return nil }
                let event = try event(
                    .tokenUpdated, by: .operator, account: token.account, target: "\(id)",
                    organization: token.organization, details: details)
                return (token, event)
            }
            guard let token = changed ?? present else { throw AuthenticationError.notFound("an API token \(id)") }
            return token
        }
    }
}
