import Identity

/// The requirements of a web server for a request. All of them are the web server's own: nothing that a client sends is
/// part of them.
struct VerificationQuestion {
    /// The least role.
    let role: Role?
    /// The organization in which the role is held, and about which the web server is told; `nil` if none is named.
    let organization: NamedOrganization?
    /// The assurance.
    var demand = AssuranceDemand()

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
        case notTwoFactors(String)
        case notAnAge(String)
        case organizationNotNamed(Role)

        var description: String {
            switch self {
            case .unknown(let name): "\(AuthAPI.printable(name)) is not a variable that counts"
            case .repeated(let name): "\(name) stands twice"
            case .empty(let name): "\(name) is empty"
            case .notARole(let name): "POSTERN_REQUIRED_ROLE=\(AuthAPI.printable(name)) is not a role"
            case .notTwoFactors(let text):
                "\(VerificationQuestion.factorVariable)=\(AuthAPI.printable(text)) is not 2, the only number of "
                    + "factors to ask for"
            case .notAnAge(let text):
                "\(VerificationQuestion.ageVariable)=\(AuthAPI.printable(text)) is not a number of seconds from 1 to "
                    + "\(AssuranceDemand.ages.upperBound)"
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

    private static let roleVariable = "POSTERN_REQUIRED_ROLE"
    private static let organizationVariable = "POSTERN_REQUIRED_ORG"
    private static let factorVariable = "POSTERN_REQUIRED_FACTOR"
    private static let ageVariable = "POSTERN_REQUIRED_MAX_AGE"
    private static let variables = [roleVariable, organizationVariable, factorVariable, ageVariable]

    /// Reads the variables of an authorizer. A variable that is mistyped or empty must not let anybody in.
    ///
    /// - Parameter organization: the one that they name, as the principal stands to it.
    init(
        _ variables: [(name: String, value: String)], in organization: NamedOrganization?, for principal: Principal
    ) throws(Fault) {
        var values: [String: String] = [:]
        for (name, value) in variables {
            guard Self.variables.contains(name) else { throw .unknown(name) }
            guard !value.isEmpty else { throw .empty(name) }
            guard values.updateValue(value, forKey: name) == nil else { throw .repeated(name) }
        }
        let name = values[Self.roleVariable]
        role = name.flatMap { Role(named: $0) }
        self.organization = organization
        if let name, role == nil { throw .notARole(name) }
        if let factor = values[Self.factorVariable], !AssuranceDemand.asksForTwoFactors(factor) {
            throw .notTwoFactors(factor)
        }
        let age = values[Self.ageVariable]
        let seconds = age.flatMap { AssuranceDemand.age($0) }
        if let age, seconds == nil { throw .notAnAge(age) }
        demand = AssuranceDemand(needsSecondFactor: values[Self.factorVariable] != nil, maximumAge: seconds)
        if let role, !isClear(for: principal) { throw .organizationNotNamed(role) }
    }
}

extension AssuranceDemand {
    /// True if a text asks for two factors, the only number that can be asked for.
    static func asksForTwoFactors(_ text: String) -> Bool { text.utf8.elementsEqual("2".utf8) }

    /// The age in seconds that a text stands for; `nil` if it is none that can be asked for.
    static func age(_ text: String) -> Int64? {
        let isNumber = (1...8).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isNumber, let age = Int(text), ages.contains(age) else { return nil }
        return Int64(age)
    }
}
