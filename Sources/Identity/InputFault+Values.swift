// Values read from what somebody sent or typed. What is wrong is noted, and reading goes on.

extension EmailAddress {
    /// Reads an address that must be there.
    init?(required text: String?, _ field: String, _ faults: inout [InputFault]) {
        guard let text else {
            faults.noteMissing(field)
            return nil
        }
        guard let value = Self(text) else {
            faults.append(
                InputFault(field, .invalidFormat, "This is no email address of at most \(Self.maximumLength) bytes."))
            return nil
        }
        self = value
    }
}

extension Account.State {
    /// Reads a state that may be missing.
    init?(optional text: String?, _ field: String, _ faults: inout [InputFault]) {
        guard let text else { return nil }
        guard let value = Self(rawValue: text) else {
            faults.append(InputFault(field, .unknownState, "A state is Active or Inactive."))
            return nil
        }
        self = value
    }
}

extension Timestamp {
    /// Reads a moment that may be missing.
    init?(optional text: String?, _ field: String, _ faults: inout [InputFault]) {
        guard let text else { return nil }
        guard let value = Self(text) else {
            faults.append(InputFault(field, .invalidFormat, "This is no moment such as 2027-01-31T00:00:00Z."))
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
            if let role = Role(rawValue: name) {
                formUnion(RoleSet([role]))
            } else {
                faults.append(InputFault("\(field)/\(index)", .unknownRole, "There is no such role."))
            }
        }
    }

    /// The same with the default role in the organization, where none is named.
    var withDefault: RoleSet { inOrganization.isEmpty ? union(RegistrationForm.defaultRoles) : self }
}
