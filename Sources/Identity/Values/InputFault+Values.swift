// Values read from what somebody sent or typed. What is wrong is noted, and reading goes on.

extension EmailAddress {
    /// Reads an address that must be there.
    init?(
        required text: String?, _ field: String, _ faults: inout [InputFault], domains: DomainNames? = .system
    ) {
        guard let text else {
            faults.noteMissing(field)
            return nil
        }
        do throws(EmailAddress.Refusal) {
            try self.init(checking: text, domains)
        } catch {
            faults.append(InputFault(field, .invalidFormat, error.detail))
            return nil
        }
    }
}

extension RawRepresentable where RawValue == String, Self: CaseIterable {
    /// The case of exactly this name.
    ///
    /// By bytes: `==` normalizes both texts, for which one with many combining marks takes quadratic time.
    public init?(named name: String) {
        guard let value = Self.allCases.first(where: { $0.rawValue.utf8.elementsEqual(name.utf8) }) else { return nil }
        self = value
    }
}

extension Account.State {
    /// Reads a state that may be missing.
    init?(optional text: String?, _ field: String, _ faults: inout [InputFault]) {
        guard let text else { return nil }
        guard let value = Self(named: text) else {
            faults.append(InputFault(field, .unknownState, "A state is Active or Inactive."))
            return nil
        }
        self = value
    }
}

extension Timestamp {
    /// What is wrong with a text that is not a moment.
    public static let formDetail = "This is not a moment such as 2027-01-31T00:00:00Z or 2027-01-31T01:00:00+01:00."

    /// Reads a moment that may be missing.
    init?(optional text: String?, _ field: String, _ faults: inout [InputFault]) {
        guard let text else { return nil }
        guard let value = Self(text) else {
            faults.append(InputFault(field, .invalidFormat, Self.formDetail))
            return nil
        }
        self = value
    }
}

extension Role {
    /// Reads a role that may be missing.
    init?(optional text: String?, _ field: String, _ faults: inout [InputFault]) {
        guard let text else { return nil }
        guard let value = Self(rawValue: text) else {
            faults.append(InputFault(field, .unknownRole, "There is no such role."))
            return nil
        }
        self = value
    }
}

extension RoleSet {
    /// Reads names; those that are wrong are noted, each at its place in the field.
    ///
    /// - Parameter names: `nil` for one that was found wrong already.
    init(names: [String?], _ field: String, _ faults: inout [InputFault]) {
        self = []
        for case (let index, let name?) in names.enumerated() {
            if let role = Role(named: name) {
                formUnion(RoleSet([role]))
            } else {
                faults.append(InputFault("\(field)/\(index)", .unknownRole, "There is no such role."))
            }
        }
    }

    /// The same with the default role in the organization, where none is named.
    var withDefault: RoleSet { inOrganization.isEmpty ? union(RegistrationForm.defaultRoles) : self }
}
