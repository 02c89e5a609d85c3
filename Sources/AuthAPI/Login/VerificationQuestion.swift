import Identity

/// The requirements of a web server for a request. All of them are the web server's own: nothing that a client sends is
/// part of them.
struct VerificationQuestion {
    /// The least role.
    let role: Role?
    /// The organization in which the role is held, and about which the web server is told; `nil` if none is named.
    let organization: NamedOrganization?

    /// True if it is about the organization in which the principal acts: it is named, or there is no other.
    func isInOrganization(_ principal: Principal) -> Bool {
        organization != nil || principal.installationHasOneOrganization
    }

    /// True if it is clear in which organization the role must be held. If there are several and none is named, people
    /// could make one of their own and pass as its owner.
    func isClear(for principal: Principal) -> Bool {
        role?.isInstallationWide != false || isInOrganization(principal)
    }
}

extension VerificationQuestion {
    /// A fault in the variables of an authorizer.
    enum Fault: Error, CustomStringConvertible {
        case unknown(String)
        case repeated(String)
        case empty(String)
        case notARole(String)
        case organizationNotNamed(Role)

        var description: String {
            switch self {
            case .unknown(let name): "\(AuthAPI.printable(name)) is not a variable that counts"
            case .repeated(let name): "\(name) stands twice"
            case .empty(let name): "\(name) is empty"
            case .notARole(let name): "POSTERN_REQUIRED_ROLE=\(AuthAPI.printable(name)) is not a role"
            case .organizationNotNamed(let role):
                "POSTERN_REQUIRED_ROLE=\(role.rawValue) needs POSTERN_REQUIRED_ORG, "
                    + "since there are several organizations"
            }
        }
    }

    /// The slug or identifier of the organization that the variables of an authorizer name; `nil` for none.
    static func organization(_ variables: [(name: String, value: String)]) -> String? {
        variables.first { $0.name == organizationVariable }?.value
    }

    private static let organizationVariable = "POSTERN_REQUIRED_ORG"

    /// Reads the variables of an authorizer. A variable that is mistyped or empty must not let anybody in.
    ///
    /// - Parameter organization: the one that they name, as the principal stands to it.
    init(
        _ variables: [(name: String, value: String)], in organization: NamedOrganization?, for principal: Principal
    ) throws(Fault) {
        var values: [String: String] = [:]
        for (name, value) in variables {
            guard ["POSTERN_REQUIRED_ROLE", Self.organizationVariable].contains(name) else { throw .unknown(name) }
            guard !value.isEmpty else { throw .empty(name) }
            guard values.updateValue(value, forKey: name) == nil else { throw .repeated(name) }
        }
        let name = values["POSTERN_REQUIRED_ROLE"]
        role = name.flatMap { Role(named: $0) }
        self.organization = organization
        if let name, role == nil { throw .notARole(name) }
        if let role, !isClear(for: principal) { throw .organizationNotNamed(role) }
    }
}
