/// Changes to an organization, checked. `nil` leaves a property as it is; an inner `nil` clears it.
///
///     let form = try OrganizationForm(autoJoin: true, emailPattern: EmailPattern(".*@example[.]com"))
///     let organization = try service.updateOrganization(form, by: caller)
public struct OrganizationForm: Sendable, Equatable {
    /// The name.
    public let name: String?
    /// The name shown by applications.
    public let displayName: String??
    /// True if accounts with a matching email address may join by themselves.
    public let autoJoin: Bool?
    /// The role of accounts that join by themselves.
    public let defaultRole: Role?
    /// The email addresses that match.
    public let emailPattern: EmailPattern??
    /// The accounts that must have a second factor.
    public let secondFactor: SecondFactorPolicy?

    /// Checks the changes.
    ///
    /// - Parameter faults: the faults found so far.
    /// - Throws: `AuthenticationError.invalidInput` with all faults, including `faults`.
    public init(
        name: String? = nil, displayName: String?? = nil, autoJoin: Bool? = nil, defaultRole: Role? = nil,
        emailPattern: EmailPattern?? = nil, secondFactor: SecondFactorPolicy? = nil, faults: [InputFault] = []
    ) throws(AuthenticationError) {
        var faults = faults
        self.name = name.flatMap { InputFault.requiredName($0, "name", &faults) }
        self.displayName = displayName.map { $0.flatMap { InputFault.optionalName($0, "display_name", &faults) } }
        self.autoJoin = autoJoin
        self.defaultRole = defaultRole.flatMap { $0.checked(inOrganization: "default_role", &faults) }
        self.emailPattern = emailPattern
        self.secondFactor = secondFactor
        if secondFactor == .off {
            faults.value(of: "second_factor") { () throws(ValueFault) in throw SecondFactorPolicy.notOfOrganization }
        }
        guard faults.isEmpty else { throw .invalidInput(faults) }
    }

    /// Applies the changes.
    ///
    /// - Returns: the names of the members that changed.
    func apply(to organization: inout Organization) -> [String] {
        let old = organization
        if let name { organization.name = name }
        if let displayName { organization.displayName = displayName }
        if let autoJoin { organization.autoJoin = autoJoin }
        if let defaultRole { organization.defaultRoles = RoleSet([defaultRole]) }
        if let emailPattern { organization.emailPattern = emailPattern }
        if let secondFactor { organization.secondFactor = secondFactor }
        var names: [String] = []
        if organization.name != old.name { names.append("name") }
        if organization.displayName != old.displayName { names.append("display_name") }
        if organization.autoJoin != old.autoJoin { names.append("auto_join_enabled") }
        if organization.defaultRoles != old.defaultRoles { names.append("default_role") }
        if organization.emailPattern != old.emailPattern { names.append("email_regex") }
        if organization.secondFactor != old.secondFactor { names.append("second_factor") }
        return names
    }
}

extension Organization {
    /// The freshness that changes of these members ask for: a name is easily set back, while the others let people in,
    /// or out of their second factor.
    static func freshness(changing names: [String]) -> Freshness {
        names.allSatisfy { $0 == "name" || $0 == "display_name" } ? .low : .high
    }
}

extension Role {
    /// This role if it can be held in an organization; otherwise records a fault of the field.
    func checked(inOrganization field: String, _ faults: inout [InputFault]) -> Role? {
        guard isInstallationWide else { return self }
        return faults.value(of: field) { () throws(ValueFault) in throw Role.notInOrganization }
    }
}
